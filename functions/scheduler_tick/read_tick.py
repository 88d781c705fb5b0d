"""What a timer tells when it is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.kinds import describe_problems
from functions.shared.kernel.messages import Id
from functions.shared.kernel.tick import scheduled_time

# More than any clock is wrong by. A tick from the future would make every later one look late.
_AHEAD = timedelta(hours=1)


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    org_id: Id
    schedule_id: Id
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduleTick:
    """One firing of one schedule; `revision` is the timer's version of it, None when an operator calls by hand."""

    org_id: str
    schedule_id: str
    at: datetime
    revision: int | None = None


def read_tick(event: Mapping[str, Any], *, clock: Clock) -> ScheduleTick:
    """The tick an event stands for; PermanentError names what is missing.

    EventBridge Scheduler fills in `scheduled_time`. The embedded engine passes its placeholder on literally, and a
    call by hand may leave it out: then the tick is of the current minute, more often than which nothing can be due.
    """
    try:
        parsed = _Event.model_validate(dict(event))
    except ValidationError as error:
        raise PermanentError(f"not a schedule's tick: {describe_problems(error)}") from None
    now = clock()
    scheduled = scheduled_time(event)
    # To the second, as EventBridge Scheduler has it: what is stored must compare equal with what comes again.
    at = scheduled.replace(microsecond=0) if scheduled else now.replace(second=0, microsecond=0)
    if at > now + _AHEAD:
        raise PermanentError("not a schedule's tick: scheduled_time lies in the future")
    return ScheduleTick(org_id=parsed.org_id, schedule_id=parsed.schedule_id, at=at, revision=parsed.revision)
