"""Called by EventBridge Scheduler whenever a user's schedule is due."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.scheduler_tick.read_tick import read_tick
from functions.scheduler_tick.services import Services
from functions.scheduler_tick.settings import Settings
from functions.scheduler_tick.take_tick import take_tick
from functions.scheduler_tick.wiring import services_from

_BY_HAND = {
    "outcome": "nothing to do",
    "reason": 'name a schedule to run it now: {"org_id": "...", "schedule_id": "..."}, optionally with scheduled_time',
}


@cache
def _services() -> Services:
    return services_from(Settings.from_env(os.environ))


def handler(event: dict[str, Any], context: LambdaContext) -> Mapping[str, str | None]:
    """Answer what became of the tick; called by hand with `{}`, what it would need."""
    if not event:
        return _BY_HAND
    services = _services()
    try:
        return take_tick(read_tick(event, clock=services.engine.clock), services=services).answer()
    finally:
        services.engine.tally.publish()
