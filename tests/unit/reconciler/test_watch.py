"""What is wrong with one schedule, or takes too long, keeps neither the others nor the jobs from their turn."""

from dataclasses import replace
from datetime import timedelta

from functions.reconciler.watch import Seen, watch_schedules
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.schedules.memory import MemoryScheduleStore, MemoryTimers
from functions.shared.kernel.schedules.model import Schedule
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.log_lines import captured
from tests.support.schedules import a_schedule


def agenda_of(clock: ManualClock, *schedules: Schedule, timers: MemoryTimers | None = None) -> Agenda:
    store = MemoryScheduleStore()
    for schedule in schedules:
        store.add(schedule, limit=10)
    return Agenda(schedules=store, timers=timers or MemoryTimers(), clock=clock)


def test_a_schedule_that_an_older_version_took_and_this_one_does_not_stops_no_other(clock: ManualClock) -> None:
    good = a_schedule(clock(), due_at=clock())
    bad = replace(good, schedule_id="s2", cron="cron(0 9 ? * MON/2 *)")
    agenda = agenda_of(clock, bad, good)
    with captured() as lines:
        seen = watch_schedules(agenda=agenda, engine=memory_engine(clock=clock))
    assert seen[Seen.UNREACHABLE] == 1
    assert lines.only("watch_raised")["schedule_id"] == "s2"
    assert isinstance(agenda.timers, MemoryTimers)
    assert "s1" in agenda.timers.running


def test_timers_that_take_long_leave_the_rest_for_the_next_run(clock: ManualClock) -> None:
    class Slow(MemoryTimers):
        def put(self, schedule: Schedule) -> None:
            clock.advance(seconds=10)
            super().put(schedule)

    first = a_schedule(clock(), due_at=clock())
    schedules = [replace(first, schedule_id=f"s{number}") for number in range(5)]
    agenda = agenda_of(clock, *schedules, timers=Slow())
    seen = watch_schedules(agenda=agenda, engine=memory_engine(clock=clock), stop_at=clock() + timedelta(seconds=15))
    assert seen[Seen.LEFT_OVER] == 3
    assert isinstance(agenda.timers, MemoryTimers)
    assert len(agenda.timers.running) == 2
