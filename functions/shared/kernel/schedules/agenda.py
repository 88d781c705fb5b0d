"""What keeping schedules needs, as one argument, and how the timers are brought in line with the store."""

from dataclasses import dataclass, replace
from datetime import timedelta

from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.log import log
from functions.shared.kernel.schedules.model import Schedule
from functions.shared.kernel.schedules.store import Overtaken, ScheduleStore
from functions.shared.kernel.schedules.timers import Timers

# How long a change may be under way before the reconciler takes it over.
APPLY_WITHIN = timedelta(seconds=30)

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Agenda:
    """The collaborators. A tick later than `grace` counts as missing; `limit` is the most an organisation may have."""

    schedules: ScheduleStore
    timers: Timers
    clock: Clock
    grace: timedelta = timedelta(minutes=5)
    limit: int = 50


def apply(schedule: Schedule, *, agenda: Agenda) -> Schedule:
    """Bring the timer of a stored schedule in line with it, and note that it is; returns what is then stored.

    The store is the truth: whoever finds that it changed meanwhile applies the newer version, so that the last one
    to touch the timer has read the last version. A crash in between leaves the schedule due for the reconciler.
    Raises PermanentError when EventBridge Scheduler refuses the schedule, TransientError when it is out of reach.
    """
    for _ in range(_TRIES):
        if schedule.deleted:
            agenda.timers.remove(schedule.schedule_id)
            agenda.schedules.remove(schedule)
            return schedule
        agenda.timers.put(schedule)
        applied = replace(schedule, applied=schedule.revision).watched(after=agenda.clock(), grace=agenda.grace)
        try:
            return agenda.schedules.replace(schedule, applied)
        except Overtaken:
            newer = agenda.schedules.get(schedule.org_id, schedule.schedule_id)
        schedule = newer or replace(schedule, deleted=True)
    log.warning("left to the reconciler", action="schedule_contended", schedule_id=schedule.schedule_id)
    raise TransientError("the schedule keeps changing; it is brought in line within a minute")
