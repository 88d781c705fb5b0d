"""Turns one tick of a user's schedule into one job, or into a visible skip. Decisions 0003 and 0035."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from functions.scheduler_tick.read_tick import ScheduleTick
from functions.scheduler_tick.services import Services
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.log import log
from functions.shared.kernel.schedules.agenda import APPLY_WITHIN
from functions.shared.kernel.schedules.floor import too_soon
from functions.shared.kernel.schedules.make_job import make_job
from functions.shared.kernel.schedules.model import Schedule, Skip
from functions.shared.kernel.schedules.store import Overtaken

_TRIES = 5


class Outcome(StrEnum):
    """What became of a tick."""

    PLANNED = "planned"
    REPEATED = "repeated"
    SKIPPED = "skipped"
    PAUSED = "paused"
    GONE = "gone"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a tick; `job_id` is the job it made, or the one it was skipped for."""

    outcome: Outcome
    job_id: str | None = None
    reason: str | None = None

    def answer(self) -> Mapping[str, str | None]:
        """As the Lambda answers."""
        return {"outcome": self.outcome.value, "job_id": self.job_id, "reason": self.reason}


def take_tick(tick: ScheduleTick, *, services: Services) -> Taken:
    """Deal with a tick; delivered again, it changes nothing.

    The schedule is claimed for the tick before the job is admitted, so that two ticks never run at once; a crash in
    between leaves the schedule due, and the reconciler admits the job. Raises TransientError to be called again.
    """
    for _ in range(_TRIES):
        schedule = services.schedules.get(tick.org_id, tick.schedule_id)
        try:
            taken = _taken(tick, schedule, services)
        except Overtaken:
            continue
        log.info(
            "tick taken",
            action="tick_taken",
            org_id=tick.org_id,
            schedule_id=tick.schedule_id,
            outcome=taken.outcome.value,
            job_id=taken.job_id,
        )
        return taken
    raise TransientError("the schedule keeps changing; the tick is delivered again")


def _taken(tick: ScheduleTick, schedule: Schedule | None, services: Services) -> Taken:
    if schedule is None or schedule.deleted:
        return Taken(Outcome.GONE, reason="the schedule was deleted")
    if not schedule.enabled:
        return Taken(Outcome.PAUSED, reason="the schedule is paused")
    if _is_stale(tick, schedule):
        return _stale(schedule, services)
    job_id = derived_id(tick.at, schedule.schedule_id)
    if schedule.last_tick_at is not None and tick.at <= schedule.last_tick_at:
        return _late_or_again(tick, job_id, schedule, services)
    skip = _why_not(tick, schedule, services.engine)
    if skip is not None:
        return _skipped(skip, replace(schedule, last_tick_at=tick.at), schedule, services)
    claim = replace(
        schedule,
        last_tick_at=tick.at,
        last_run_at=tick.at,
        last_job_id=job_id,
        planning=True,
        due_at=services.engine.clock() + APPLY_WITHIN,
    )
    settled = _made(services.schedules.replace(schedule, claim), services)
    if settled.last_job_id is None:
        return Taken(Outcome.SKIPPED, reason=settled.skips[0].reason)
    return Taken(Outcome.PLANNED, job_id)


def _made(claimed: Schedule, services: Services) -> Schedule:
    return make_job(claimed, schedules=services.schedules, engine=services.engine, grace=services.grace)


def _is_stale(tick: ScheduleTick, schedule: Schedule) -> bool:
    """Whether an older version of the schedule asks for a run that the current one did not plan."""
    return tick.revision not in (None, schedule.revision) and tick.at >= schedule.revised_at


def _stale(schedule: Schedule, services: Services) -> Taken:
    """Its timer was set by a change that came late: let the reconciler set it again."""
    services.schedules.replace(schedule, replace(schedule, applied=0, due_at=services.engine.clock()))
    return Taken(Outcome.STALE, reason="the timer is of an older version of the schedule and is set again")


def _late_or_again(tick: ScheduleTick, job_id: str, schedule: Schedule, services: Services) -> Taken:
    if job_id == schedule.last_job_id:
        if schedule.planning:
            _made(schedule, services)
        return Taken(Outcome.REPEATED, job_id)
    if any(skip.scheduled_at == tick.at for skip in schedule.skips) or services.engine.store.get(tick.org_id, job_id):
        return Taken(Outcome.REPEATED, job_id)
    return _skipped(Skip(tick.at, "a later tick came first"), schedule, schedule, services)


def _why_not(tick: ScheduleTick, schedule: Schedule, engine: Engine) -> Skip | None:
    """The skip of a tick while the run before is active, or when what is paid for would run again too soon.

    An operator's call by hand is not held up by the floor.
    """
    previous = _active_run(schedule, engine)
    if previous is not None:
        return Skip(tick.at, "the previous run was still active", previous)
    if tick.revision is None or schedule.last_run_at is None:
        return None
    reason = too_soon(schedule, tick.at - schedule.last_run_at, engine.kinds)
    return Skip(tick.at, reason) if reason else None


def _active_run(schedule: Schedule, engine: Engine) -> str | None:
    """The id of the latest run while it is not over."""
    if schedule.last_job_id is None:
        return None
    job = engine.store.get(schedule.org_id, schedule.last_job_id)
    is_over = not schedule.planning if job is None else job.status.is_terminal
    return None if is_over else schedule.last_job_id


def _skipped(skip: Skip, ticked: Schedule, before: Schedule, services: Services) -> Taken:
    after = ticked.with_skip(skip)
    services.schedules.replace(
        before, after.watched(after=after.last_tick_at or skip.scheduled_at, grace=services.grace)
    )
    return Taken(Outcome.SKIPPED, skip.job_id, skip.reason)
