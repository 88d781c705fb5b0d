"""What the reconciler does about schedules: finishes what a crash left, and finds ticks that did not come."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.log import log
from functions.shared.kernel.schedules.agenda import Agenda, apply
from functions.shared.kernel.schedules.make_job import make_job
from functions.shared.kernel.schedules.model import Schedule
from functions.shared.kernel.schedules.store import SCHEDULE_SHARDS, Overtaken

SHARD_LIMIT = 200


class Seen(StrEnum):
    """What was done about a schedule."""

    APPLIED = "schedule_applied"
    PLANNED = "schedule_planned"
    MISSED = "schedule_tick_missed"
    MOVED_ON = "schedule_moved_on"
    UNREACHABLE = "schedule_unreachable"
    LEFT_OVER = "schedule_left_over"


def watch_schedules(*, agenda: Agenda, engine: Engine, stop_at: datetime | None = None) -> Counter[Seen]:
    """Look at every schedule that is due a look, the longest due first, until `stop_at`.

    One in trouble delays no other.
    Publishes `ScheduleTicksMissed` when there are any.
    """
    counts: Counter[Seen] = Counter()
    for org_id, schedule_id in _due(agenda):
        if stop_at is not None and agenda.clock() >= stop_at:
            counts[Seen.LEFT_OVER] += 1
            continue
        counts[_seen(org_id, schedule_id, agenda, engine)] += 1
    if counts[Seen.MISSED]:
        engine.tally.count("ScheduleTicksMissed", counts[Seen.MISSED])
    return counts


def _due(agenda: Agenda) -> Iterator[tuple[str, str]]:
    for shard in range(SCHEDULE_SHARDS):
        try:
            yield from agenda.schedules.due(shard, until=agenda.clock(), limit=SHARD_LIMIT)
        except FlywheelError as error:
            log.warning("left for the next run", action="watch_failed", shard=shard, reason=error.reason)


def _seen(org_id: str, schedule_id: str, agenda: Agenda, engine: Engine) -> Seen:
    try:
        return _look_at(agenda.schedules.get(org_id, schedule_id), agenda, engine)
    except Overtaken:
        return Seen.MOVED_ON
    except FlywheelError as error:
        log.warning("left for the next run", action="watch_failed", schedule_id=schedule_id, reason=error.reason)
    except Exception:  # noqa: BLE001 - whatever is wrong with one schedule, the jobs and the other schedules go on
        log.exception("a schedule cannot be looked after", action="watch_raised", schedule_id=schedule_id)
    return Seen.UNREACHABLE


def _look_at(schedule: Schedule | None, agenda: Agenda, engine: Engine) -> Seen:
    if schedule is None or schedule.due_at is None or schedule.due_at > agenda.clock():
        return Seen.MOVED_ON
    if schedule.planning and not schedule.deleted:
        make_job(schedule, schedules=agenda.schedules, engine=engine, grace=agenda.grace)
        return Seen.PLANNED
    if not schedule.is_applied:
        apply(schedule, agenda=agenda)
        return Seen.APPLIED
    return _missed(schedule, agenda)


def _missed(schedule: Schedule, agenda: Agenda) -> Seen:
    """Count the tick, and set the timer again: it may be gone, or run by an older version of the schedule."""
    now = agenda.clock()
    expected = (schedule.due_at or now) - agenda.grace
    log.error(
        "a tick did not come",
        action="schedule_tick_missed",
        org_id=schedule.org_id,
        schedule_id=schedule.schedule_id,
        expected_at=expected.isoformat(),
    )
    agenda.timers.put(schedule)
    missed = replace(schedule, missed=schedule.missed + 1, last_missed_at=expected)
    agenda.schedules.replace(schedule, missed.watched(after=now, grace=agenda.grace))
    return Seen.MISSED
