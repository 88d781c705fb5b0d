"""Ticks of users' schedules: one job each, never two at once, whatever is delivered when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.api.jobs.change import cancel
from functions.reconciler.watch import Seen, watch_schedules
from functions.scheduler_tick.handler import handler
from functions.scheduler_tick.read_tick import ScheduleTick, read_tick
from functions.scheduler_tick.services import Services
from functions.scheduler_tick.take_tick import Outcome, Taken, take_tick
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.memory import MemoryDispatcher, MemoryJobStore
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.schedules.memory import MemoryScheduleStore, MemoryTimers
from functions.shared.kernel.schedules.model import Schedule
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.schedules import a_schedule

GRACE = timedelta(minutes=5)
FREE = {"type": "SYNC_RSS", "payload": {"source_id": "feed-1"}}
PAID = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea", "platforms": ["twitter"]}}


class Office:
    """One schedule, every ten minutes, its ticks and the reconciler."""

    def __init__(self, clock: ManualClock, **changes: Any) -> None:
        self.clock = clock
        self.store = MemoryScheduleStore()
        self.timers = MemoryTimers()
        self.jobs = MemoryJobStore()
        self.queue = MemoryDispatcher()
        self.engine = replace(memory_engine(clock=clock), store=self.jobs, dispatcher=self.queue)
        self.services = Services(schedules=self.store, engine=self.engine, grace=GRACE)
        self.start = clock()
        self.store.add(a_schedule(clock(), **{**FREE, **changes}), limit=1)

    @property
    def schedule(self) -> Schedule:
        return self.store.stored["acme", "s1"]

    def at(self, minutes: float) -> datetime:
        return self.start + timedelta(minutes=minutes)

    def tick(self, minutes: float, revision: int | None = 1) -> Taken:
        return take_tick(ScheduleTick("acme", "s1", self.at(minutes), revision), services=self.services)

    def finish(self) -> None:
        for org_id, job_id in list(self.jobs.jobs):
            if not self.jobs.jobs[org_id, job_id].status.is_terminal:
                cancel(org_id, job_id, engine=self.engine)

    def reconcile(self) -> dict[Seen, int]:
        agenda = Agenda(schedules=self.store, timers=self.timers, clock=self.clock, grace=GRACE)
        return dict(watch_schedules(agenda=agenda, engine=self.engine))


@pytest.fixture
def office(clock: ManualClock) -> Office:
    return Office(clock)


def test_a_tick_becomes_a_job_of_the_schedules_type_that_takes_no_slot(office: Office) -> None:
    taken = office.tick(10)
    ((_, job_id),) = office.jobs.jobs
    job = office.jobs.jobs["acme", job_id]
    assert taken == Taken(Outcome.PLANNED, job_id)
    assert job_id == derived_id(office.at(10), "s1")
    assert (job.type, dict(job.payload), job.slot) == ("SYNC_RSS", {"source_id": "feed-1"}, None)
    assert (office.schedule.last_job_id, office.schedule.last_run_at) == (job_id, office.at(10))
    assert office.schedule.due_at == office.at(20) + GRACE


def test_a_tick_fired_three_times_makes_one_job(office: Office) -> None:
    taken = [office.tick(10) for _ in range(3)]
    assert [each.outcome for each in taken] == [Outcome.PLANNED, Outcome.REPEATED, Outcome.REPEATED]
    assert len({each.job_id for each in taken}) == len(office.jobs.jobs) == 1
    office.finish()
    office.tick(20)
    assert office.tick(10).outcome is Outcome.REPEATED
    assert len(office.jobs.jobs) == 2


@pytest.mark.parametrize("minutes", [-15, 15])
def test_a_wrong_clock_makes_nothing_early_and_nothing_twice(office: Office, minutes: int) -> None:
    office.tick(10)
    office.clock.advance(minutes=minutes)
    assert office.tick(10).outcome is Outcome.REPEATED
    office.finish()
    assert [office.tick(20).outcome, office.tick(20).outcome] == [Outcome.PLANNED, Outcome.REPEATED]
    assert sorted(job_id for _, job_id in office.jobs.jobs) == [
        derived_id(office.at(10), "s1"),
        derived_id(office.at(20), "s1"),
    ]
    assert office.schedule.due_at == office.at(30) + GRACE


def test_a_tick_whose_previous_run_is_active_is_skipped_once_and_told(office: Office) -> None:
    job_id = office.tick(10).job_id
    taken = [office.tick(20) for _ in range(2)]
    assert [each.outcome for each in taken] == [Outcome.SKIPPED, Outcome.REPEATED]
    assert office.schedule.skipped == 1
    (skip,) = office.schedule.skips
    assert (skip.scheduled_at, skip.reason, skip.job_id) == (
        office.at(20),
        "the previous run was still active",
        job_id,
    )
    office.finish()
    assert office.tick(30).outcome is Outcome.PLANNED


def test_a_tick_overtaken_by_a_later_one_is_skipped(office: Office) -> None:
    office.tick(20)
    office.finish()
    assert office.tick(10).outcome is Outcome.SKIPPED
    assert office.schedule.skips[0].reason == "a later tick came first"
    assert office.schedule.last_tick_at == office.at(20)
    assert len(office.jobs.jobs) == 1


@pytest.mark.parametrize(
    ("changes", "outcome"), [({"enabled": False}, Outcome.PAUSED), ({"deleted": True}, Outcome.GONE)]
)
def test_a_late_tick_of_a_paused_or_deleted_schedule_does_nothing(
    clock: ManualClock, changes: dict[str, bool], outcome: Outcome
) -> None:
    office = Office(clock, **changes)
    before = office.schedule
    assert office.tick(-1).outcome is outcome
    assert (office.schedule, office.jobs.jobs) == (before, {})


def test_a_tick_of_a_schedule_that_never_was_does_nothing(office: Office) -> None:
    taken = take_tick(ScheduleTick("rival", "s1", office.at(10), 1), services=office.services)
    assert (taken.outcome, office.jobs.jobs) == (Outcome.GONE, {})


def test_a_timer_of_an_older_version_runs_nothing_and_is_set_again(clock: ManualClock) -> None:
    office = Office(clock, revision=2, applied=2)
    assert office.tick(10, revision=1).outcome is Outcome.STALE
    assert not office.jobs.jobs
    assert office.reconcile() == {Seen.APPLIED: 1}
    assert office.timers.running["s1"].revision == 2
    assert office.tick(10, revision=2).outcome is Outcome.PLANNED


def test_a_tick_due_before_a_change_still_counts(clock: ManualClock) -> None:
    office = Office(clock, revision=2, applied=2)
    assert office.tick(-1, revision=1).outcome is Outcome.PLANNED


class DyingStore(MemoryJobStore):
    """The process ends before the job is stored."""

    def admit(self, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt


def test_a_crash_between_claim_and_job_loses_neither_the_run_nor_the_order(office: Office) -> None:
    dying = replace(office.services, engine=replace(office.engine, store=DyingStore()))
    with pytest.raises(KeyboardInterrupt):
        take_tick(ScheduleTick("acme", "s1", office.at(10), 1), services=dying)
    assert office.tick(20).outcome is Outcome.SKIPPED
    office.clock.advance(seconds=31)
    assert office.reconcile() == {Seen.PLANNED: 1}
    assert [job_id for _, job_id in office.jobs.jobs] == [derived_id(office.at(10), "s1")]
    assert not office.schedule.planning
    assert office.reconcile() == {}


def test_a_crash_between_claim_and_job_is_mended_by_the_repeated_tick(office: Office) -> None:
    dying = replace(office.services, engine=replace(office.engine, store=DyingStore()))
    with pytest.raises(KeyboardInterrupt):
        take_tick(ScheduleTick("acme", "s1", office.at(10), 1), services=dying)
    assert office.tick(10).outcome is Outcome.REPEATED
    assert len(office.jobs.jobs) == 1
    assert not office.schedule.planning


def test_a_payload_that_is_no_longer_taken_is_told_as_a_skip(clock: ManualClock) -> None:
    office = Office(clock, payload={"colour": "green"})
    taken = office.tick(10)
    assert (taken.outcome, office.schedule.skipped) == (Outcome.SKIPPED, 1)
    assert "source_id" in office.schedule.skips[0].reason
    assert office.schedule.last_job_id is None


def test_a_tick_that_does_not_come_is_counted_once_and_its_timer_is_set_again(office: Office) -> None:
    office.tick(10)
    office.finish()
    office.clock.advance(minutes=24)
    assert office.reconcile() == {}
    office.clock.advance(minutes=1)
    assert office.reconcile() == {Seen.MISSED: 1}
    assert office.reconcile() == {}
    assert (office.schedule.missed, office.schedule.last_missed_at) == (1, office.at(20))
    assert office.engine.tally.counts[()]["ScheduleTicksMissed"] == 1
    assert "s1" in office.timers.running
    assert office.tick(20).outcome is Outcome.PLANNED, "late, but not lost"


def test_a_timer_that_cannot_be_set_is_tried_again_at_the_next_run(office: Office) -> None:
    office.tick(10)
    office.clock.advance(minutes=25)
    office.timers.trouble = TransientError("EventBridge Scheduler cannot be reached")
    assert office.reconcile() == {Seen.UNREACHABLE: 1}
    office.timers.trouble = None
    assert office.reconcile() == {Seen.MISSED: 1}


def test_an_event_is_read_with_its_placeholder_filled_in_or_not(clock: ManualClock) -> None:
    event = {"org_id": "acme", "schedule_id": "s1", "revision": 2}
    filled = read_tick({**event, "scheduled_time": "2026-11-22T04:50:00Z"}, clock=clock)
    assert filled == ScheduleTick("acme", "s1", datetime(2026, 11, 22, 4, 50, tzinfo=UTC), 2)
    clock.advance(seconds=42)
    literal = read_tick({**event, "scheduled_time": "<aws.scheduler.scheduled-time>"}, clock=clock)
    assert literal.at == datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"org_id": "acme"}, "schedule_id: Field required"),
        ({"org_id": "a b", "schedule_id": "s1"}, "org_id"),
        ({"org_id": "acme", "schedule_id": "s1", "scheduled_time": "2099-01-01T00:00:00Z"}, "lies in the future"),
    ],
)
def test_an_event_that_is_no_tick_is_refused(clock: ManualClock, event: dict[str, str], says: str) -> None:
    with pytest.raises(PermanentError, match=says):
        read_tick(event, clock=clock)


def test_by_hand_with_nothing_it_says_what_it_needs() -> None:
    context: Any = None
    assert "schedule_id" in str(handler({}, context)["reason"])


class TestOfWhatIsPaidFor:
    """Schedules that an earlier version took, of jobs that cost money."""

    @pytest.fixture
    def paid(self, clock: ManualClock) -> Office:
        return Office(clock, **PAID)

    def test_runs_that_come_too_soon_are_skipped_and_say_why(self, paid: Office) -> None:
        outcomes = []
        for minutes in (10, 20, 24.99, 25, 35, 40):
            outcomes.append(paid.tick(minutes).outcome)
            paid.finish()
        made, skipped = Outcome.PLANNED, Outcome.SKIPPED
        assert outcomes == [made, skipped, skipped, made, skipped, made]
        assert paid.schedule.skipped == 3
        assert paid.schedule.skips[0].reason.startswith("a GENERATE_CONTENT runs at most every 15 minutes; give")
        assert paid.schedule.due_at is not None

    def test_an_operators_call_by_hand_is_not_held_up(self, paid: Office) -> None:
        paid.tick(10)
        paid.finish()
        assert paid.tick(11, revision=None).outcome is Outcome.PLANNED

    def test_a_type_that_is_not_run_any_more_has_no_floor_but_its_refusal(self, clock: ManualClock) -> None:
        office = Office(clock, type="PAINT", payload={})
        assert [office.tick(minutes).outcome for minutes in (10, 20)] == [Outcome.SKIPPED] * 2
        assert "PAINT" in office.schedule.skips[0].reason
