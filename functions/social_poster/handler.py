"""Posts content on social accounts and renews their tokens, from the social queue."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.run import Handlers
from functions.social_poster.publish import publish
from functions.social_poster.read_message import read_message
from functions.social_poster.renew_token import Renewals, renew_token
from functions.social_poster.services import Services
from functions.social_poster.settings import Settings
from functions.social_poster.wiring import renewals_from, services_from


@cache
def _wired() -> tuple[Services, Renewals]:
    settings = Settings.from_env(os.environ)
    services = services_from(settings)
    return services, renewals_from(settings, services)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the jobs of an SQS batch."""
    services, renewals = _wired()
    handlers: Handlers = {
        JobType.PUBLISH_CONTENT: partial(publish, services=services),
        JobType.REFRESH_TOKEN: partial(renew_token, renewals=renewals),
    }
    read = partial(read_message, contents=services.contents, engine=services.engine)
    return consume(event, context, handlers=handlers, engine=services.engine, read=read)
