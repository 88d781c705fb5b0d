"""Runs every few minutes and works off the scraping queue: sources and documents become context items."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.scraper.collector import Collector
from functions.scraper.plan_fetches import Limits, plan_fetches
from functions.scraper.settings import Settings
from functions.scraper.wiring import collector_from, handlers_of
from functions.shared.consumer import consume
from functions.shared.jobs.model import JobType
from functions.shared.jobs.run import Handler
from functions.shared.tick import tick_of


@cache
def _wired() -> tuple[Collector, Mapping[JobType, Handler], Settings]:
    settings = Settings.from_env(os.environ)
    collector = collector_from(settings)
    return collector, handlers_of(collector), settings


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work off a batch of jobs; else plan what is due, and by hand (`{}`) every source."""
    collector, handlers, settings = _wired()
    if "Records" in event:
        return consume(event, context, handlers=handlers, engine=collector.engine)
    limits = Limits(
        settings.sources_per_tick,
        settings.sources_per_org_and_tick,
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    tick = tick_of(event, context.aws_request_id, clock=collector.engine.clock)
    try:
        return plan_fetches(tick, is_by_hand="scheduled_time" not in event, limits=limits, collector=collector)
    finally:
        collector.engine.tally.publish()
