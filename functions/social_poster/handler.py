"""Posts content on social accounts and renews their tokens, from the social queue."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.consumer import consume
from functions.shared.jobs.model import JobType
from functions.social_poster.desk import Desk
from functions.social_poster.publish import publish
from functions.social_poster.read_message import read_message
from functions.social_poster.renew_token import Renewals, renew_token
from functions.social_poster.settings import Settings
from functions.social_poster.wiring import desk_from, renewals_from


@cache
def _wired() -> tuple[Desk, Renewals]:
    settings = Settings.from_env(os.environ)
    desk = desk_from(settings)
    return desk, renewals_from(settings, desk)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the jobs of an SQS batch."""
    desk, renewals = _wired()
    handlers = {
        JobType.PUBLISH_CONTENT: partial(publish, desk=desk),
        JobType.REFRESH_TOKEN: partial(renew_token, renewals=renewals),
    }
    read = partial(read_message, contents=desk.contents, engine=desk.engine)
    return consume(event, context, handlers=handlers, engine=desk.engine, read=read)
