"""Called by EventBridge Scheduler whenever a user's schedule is due."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.scheduler_tick.read_tick import read_tick
from functions.scheduler_tick.settings import Settings
from functions.scheduler_tick.take_tick import take_tick
from functions.shared import aws
from functions.shared.jobs.aws import engine_from
from functions.shared.schedules.dynamodb import DynamoScheduleStore
from functions.shared.schedules.make_job import Desk

_BY_HAND = {
    "outcome": "nothing to do",
    "reason": 'name a schedule to run it now: {"org_id": "...", "schedule_id": "..."}, optionally with scheduled_time',
}


@cache
def _wired() -> Desk:
    settings = Settings.from_env(os.environ)
    schedules = DynamoScheduleStore(settings.jobs_table, aws.dynamodb)
    return Desk(schedules=schedules, engine=engine_from(settings), grace=settings.schedule_grace)


def handler(event: dict[str, Any], context: LambdaContext) -> Mapping[str, str | None]:
    """Answer what became of the tick; called by hand with `{}`, what it would need."""
    if not event:
        return _BY_HAND
    desk = _wired()
    try:
        return take_tick(read_tick(event, clock=desk.engine.clock), desk=desk).answer()
    finally:
        desk.engine.tally.publish()
