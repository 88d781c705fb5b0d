"""Writes posts about a topic for each network, from the content queue."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.content_generator.generate_variants import generate_variants
from functions.content_generator.services import Services
from functions.content_generator.settings import Settings
from functions.content_generator.wiring import services_from
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.run import Handlers


@cache
def _services() -> Services:
    return services_from(Settings.from_env(os.environ))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the jobs of an SQS batch."""
    services = _services()
    handlers: Handlers = {JobType.GENERATE_CONTENT: partial(generate_variants, services=services)}
    return consume(event, context, handlers=handlers, engine=services.engine)
