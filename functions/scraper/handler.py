"""Runs every few minutes and works off the scraping queue: sources and documents become context items."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.scraper.plan_fetches import Limits, plan_fetches
from functions.scraper.services import Services
from functions.scraper.settings import Settings
from functions.scraper.wiring import handlers_of, services_from
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.tick import count_tick, tick_of


@cache
def _wired() -> tuple[Services, Handlers, Settings]:
    settings = Settings.from_env(os.environ)
    services = services_from(settings)
    return services, handlers_of(services), settings


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work off a batch of jobs; else plan what is due, and by hand (`{}`) every source."""
    services, handlers, settings = _wired()
    if "Records" in event:
        return consume(event, context, handlers=handlers, engine=services.engine)
    limits = Limits(
        settings.sources_per_tick,
        settings.sources_per_org_and_tick,
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    tick = tick_of(event, context.aws_request_id, clock=services.engine.clock)
    count_tick(event, "scraper", services.engine.tally)
    try:
        return plan_fetches(tick, is_by_hand="scheduled_time" not in event, limits=limits, services=services)
    finally:
        services.engine.tally.publish()
