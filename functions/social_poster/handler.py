"""Posts content on social accounts, from the social queue."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.consumer import consume
from functions.shared.jobs.model import JobType
from functions.social_poster.desk import Desk
from functions.social_poster.publish import publish
from functions.social_poster.read_message import read_message
from functions.social_poster.settings import Settings
from functions.social_poster.wiring import desk_from


@cache
def _wired() -> Desk:
    return desk_from(Settings.from_env(os.environ))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the jobs of an SQS batch."""
    desk = _wired()
    handlers = {JobType.PUBLISH_CONTENT: partial(publish, desk=desk)}
    read = partial(read_message, contents=desk.contents, engine=desk.engine)
    return consume(event, context, handlers=handlers, engine=desk.engine, read=read)
