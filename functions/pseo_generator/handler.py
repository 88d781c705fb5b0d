"""Runs daily and works off the pages queue: markets become pages."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.pseo_generator.handle_job import handle_job
from functions.pseo_generator.run_tick import run_tick
from functions.pseo_generator.services import Services
from functions.pseo_generator.settings import Settings
from functions.pseo_generator.wiring import services_from
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.tick import count_tick, tick_of


@cache
def _wired() -> tuple[Services, Settings]:
    settings = Settings.from_env(os.environ)
    return services_from(settings), settings


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work off a batch of jobs; for any other event, `{}` by hand included, plan every organisation's pages."""
    services, settings = _wired()
    handlers: Handlers = {JobType.GENERATE_PAGE: partial(handle_job, services=services)}
    if "Records" in event:
        return consume(event, context, handlers=handlers, engine=services.engine)
    count_tick(event, "pseo_generator", services.engine.tally)
    try:
        return run_tick(
            tick_of(event, context.aws_request_id, clock=services.engine.clock),
            services=services,
            handlers=handlers,
            pages_per_run=settings.pages_per_run,
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        )
    finally:
        services.engine.tally.publish()
