"""Creates, changes and deletes schedules: first in the store, which is the truth, then in EventBridge Scheduler.

When the second step does not happen, the schedule shows the state `applying`, and the reconciler does it.
What is paid for runs every 15 minutes at most (decision 0035).
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.api.preconditions import entity_tag, require_match
from functions.api.refusals import BadField, BadFields, Missing
from functions.api.schedules.models import ScheduleChange, ScheduleRequest
from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel.clock import NewId
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.log import log
from functions.shared.kernel.schedules.agenda import APPLY_WITHIN, Agenda, apply
from functions.shared.kernel.schedules.floor import too_often
from functions.shared.kernel.schedules.model import Schedule
from functions.shared.kernel.schedules.store import Overtaken, TooManySchedules
from functions.shared.kernel.store.counted import LimitReached

_TRIES = 5
_TIMING = ("cron", "timezone", "enabled")
_FREQUENCY = ("type", "cron", "timezone")


def create_schedule(request: ScheduleRequest, org_id: str, *, agenda: Agenda, new_id: NewId) -> Schedule:
    """Store a new schedule and start its timer. Raises LimitReached."""
    now = agenda.clock()
    schedule = Schedule(
        org_id=org_id,
        schedule_id=new_id(now),
        **_values(request),
        created_at=now,
        updated_at=now,
        revised_at=now,
        due_at=now + APPLY_WITHIN,
    )
    _require_a_run(replace(schedule, enabled=True))
    _require_seldom(schedule)
    try:
        agenda.schedules.add(schedule, limit=agenda.limit)
    except TooManySchedules:
        raise LimitReached("schedules", agenda.limit) from None
    log.info("schedule created", action="schedule_created", org_id=org_id, schedule_id=schedule.schedule_id)
    try:
        return _applied(schedule, agenda)
    except PermanentError:
        delete_schedule(schedule, agenda=agenda)
        raise


def schedule_tag(schedule: Schedule) -> str:
    """The entity tag of what people change of a schedule."""
    return entity_tag("schedule", {name: getattr(schedule, name) for name in ScheduleChange.model_fields})


def change_schedule(
    schedule: Schedule, change: ScheduleChange, *, if_match: str | None = None, agenda: Agenda
) -> Schedule:
    """Store what changes, and let the timer follow. Raises Missing when the schedule was deleted meanwhile.

    Raises Stale when it is not as `if_match` says.
    """
    for _ in range(_TRIES):
        require_match(if_match, schedule_tag(schedule))
        after = _changed(schedule, change, agenda)
        try:
            stored = agenda.schedules.replace(schedule, after)
        except Overtaken:
            schedule = find_schedule(schedule.org_id, schedule.schedule_id, agenda=agenda)
            continue
        log.info("schedule changed", action="schedule_changed", schedule_id=stored.schedule_id)
        return stored if stored.is_applied else _applied(stored, agenda)
    raise TransientError("the schedule keeps changing; try again")


def delete_schedule(schedule: Schedule, *, agenda: Agenda) -> None:
    """Mark the schedule as deleted, which ends it at once; then end its timer and forget it."""
    for _ in range(_TRIES):
        now = agenda.clock()
        revision = schedule.revision + 1
        gone = replace(schedule, deleted=True, revision=revision, updated_at=now, due_at=now + APPLY_WITHIN)
        try:
            _applied(agenda.schedules.replace(schedule, gone), agenda)
        except Overtaken:
            schedule = find_schedule(schedule.org_id, schedule.schedule_id, agenda=agenda)
            continue
        log.info("schedule deleted", action="schedule_deleted", schedule_id=schedule.schedule_id)
        return
    raise TransientError("the schedule keeps changing; try again")


def find_schedule(org_id: str, schedule_id: str, *, agenda: Agenda) -> Schedule:
    """The organisation's schedule; raises Missing."""
    schedule = agenda.schedules.get(org_id, schedule_id)
    if schedule is None or schedule.deleted:
        raise Missing("schedule", schedule_id)
    return schedule


def _changed(schedule: Schedule, change: ScheduleChange, agenda: Agenda) -> Schedule:
    given = {name: value for name, value in _values(change).items() if name in change.model_fields_set}
    now = agenda.clock()
    after = replace(schedule, **given, updated_at=now)
    if any(getattr(after, name) != getattr(schedule, name) for name in _FREQUENCY):
        _require_seldom(after)
    if all(getattr(after, name) == getattr(schedule, name) for name in _TIMING):
        return after
    _require_a_run(replace(after, enabled=True, revised_at=now))
    return replace(after, revision=schedule.revision + 1, revised_at=now, due_at=now + APPLY_WITHIN)


def _applied(schedule: Schedule, agenda: Agenda) -> Schedule:
    try:
        return apply(schedule, agenda=agenda)
    except TransientError as error:
        log.warning(
            "left to the reconciler",
            action="schedule_apply_postponed",
            schedule_id=schedule.schedule_id,
            reason=error.reason,
        )
        return schedule


def _require_a_run(schedule: Schedule) -> None:
    if not schedule.next_runs(after=schedule.revised_at - timedelta(microseconds=1), count=1):
        raise BadFields(BadField("cron", "never comes; look at the day, the month and the year together"))


def _require_seldom(schedule: Schedule) -> None:
    why = too_often(schedule, KINDS)
    if why is not None:
        raise BadFields(BadField("cron", why))


def _values(request: ScheduleRequest | ScheduleChange) -> dict[str, Any]:
    return {name: getattr(request, name) for name in type(request).model_fields}
