"""Plans the pages of each day as they become due, and works off the pages queue: markets become pages."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.pseo_generator.handle_job import handle_job
from functions.pseo_generator.plan_days import plan_days
from functions.pseo_generator.run_tick import run_tick
from functions.pseo_generator.services import Services
from functions.pseo_generator.settings import Settings
from functions.pseo_generator.wiring import services_from
from functions.shared.domain.due.plan_due import Limits
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.tick import count_tick, tick_of


@cache
def _wired() -> tuple[Services, Settings]:
    settings = Settings.from_env(os.environ)
    return services_from(settings), settings


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work off a batch of jobs; on its schedule plan what is due; by hand, with `{}`, every organisation's pages."""
    services, settings = _wired()
    handlers: Handlers = {JobType.GENERATE_PAGE: partial(handle_job, services=services)}
    if "Records" in event:
        return consume(event, context, handlers=handlers, engine=services.engine)
    limits = Limits(lambda: context.get_remaining_time_in_millis() / 1000)
    count_tick(event, "pseo_generator", services.engine.tally)
    try:
        if "scheduled_time" in event:
            return plan_days(pages_per_run=settings.pages_per_run, limits=limits, services=services)
        tick = tick_of(event, context.aws_request_id, clock=services.engine.clock)
        return run_tick(tick, services=services, handlers=handlers, pages_per_run=settings.pages_per_run, limits=limits)
    finally:
        services.engine.tally.publish()
