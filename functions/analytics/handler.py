"""Runs hourly and works off the analytics queue: what became of posts is read, added up and learned from."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.analytics.meter import Meter
from functions.analytics.plan_syncs import plan_syncs
from functions.analytics.settings import Settings
from functions.analytics.tell_failure import sync_or_tell
from functions.analytics.wiring import meter_from
from functions.shared.consumer import consume
from functions.shared.jobs.model import JobType
from functions.shared.tick import tick_of


@cache
def _wired() -> Meter:
    return meter_from(Settings.from_env(os.environ))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work off a batch of jobs; for any other event plan them: by hand, with `{}`, for all posts, due or not."""
    meter = _wired()
    if "Records" in event:
        handlers = {JobType.SYNC_ANALYTICS: partial(sync_or_tell, meter=meter)}
        return consume(event, context, handlers=handlers, engine=meter.engine)
    tick = tick_of(event, context.aws_request_id, clock=meter.engine.clock)
    try:
        return plan_syncs(tick, only_due="scheduled_time" in event, meter=meter)
    finally:
        meter.engine.tally.publish()
