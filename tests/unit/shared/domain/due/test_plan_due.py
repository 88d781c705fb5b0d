"""Turns of the planner over simulated hours: none starves, none is planned twice, and one that dies loses nothing."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.due.memory import MemoryDue
from functions.shared.domain.due.model import Due, Plan, next_counts, next_pages
from functions.shared.domain.due.plan_due import Limits, Planner, Turn, plan_due
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.jobs.admit import Submission
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.memory import MemoryJobStore, memory_engine
from tests.support.clock import ManualClock

FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)
FIVE = datetime(2026, 11, 22, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Dies(BaseException):
    """The Lambda's process is gone."""


def organisations(number: int) -> MemoryDue:
    store = MemoryOrganisationStore()
    for each in range(number):
        store.put(Organisation(org_id=f"org-{each}", name="x", created_at=FIVE - timedelta(days=1)))
    return MemoryDue(store, MemoryAccountStore())


def turn(due: MemoryDue, engine: Engine, limits: Limits) -> Turn:
    def submission(each: Due) -> Submission:
        return Submission(each.org_id, JobType.GENERATE_PAGE, {"trending": 3})

    return plan_due(Planner(Plan.PAGES, submission), store=due, engine=engine, limits=limits)


def jobs_of(engine: Engine) -> Counter[str]:
    assert isinstance(engine.store, MemoryJobStore)
    return Counter(org_id for org_id, _ in engine.store.jobs)


def test_turns_that_are_too_short_for_all_go_on_where_they_stopped_and_none_starves() -> None:
    clock = ManualClock(FIVE)
    engine, due = memory_engine(KINDS, clock=clock), organisations(2_000)
    turns: list[Turn] = []
    while not turns or turns[-1].is_left:
        turns.append(turn(due, engine, Limits(lambda: 180, per_turn=300)))
        clock.advance(minutes=5)
    assert [each.planned for each in turns] == [300] * 6 + [200]
    assert set(jobs_of(engine).values()) == {1}
    assert isinstance(engine.store, MemoryJobStore)
    engine.store.jobs.clear()  # they are done, and forgotten
    for _ in range(24 * 12):
        turn(due, engine, Limits(lambda: 180, per_turn=300))
        clock.advance(minutes=5)
    assert set(jobs_of(engine).values()) == {1}, "the second day"


def test_a_turn_ends_before_its_lambda_does() -> None:
    engine, due = memory_engine(KINDS, clock=ManualClock(FIVE)), organisations(1_000)
    left = iter(range(100, 0, -10))
    assert turn(due, engine, Limits(lambda: next(left))).planned == 900
    assert turn(due, engine, Limits(lambda: 180)).planned == 100


@pytest.mark.parametrize("dies_at", range(0, 12))
def test_a_turn_that_dies_anywhere_plans_nothing_twice_and_loses_nothing(
    dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, due = memory_engine(KINDS, clock=ManualClock(FIVE)), organisations(5)
    calls = iter(range(1_000))

    def fragile(call: object) -> object:
        def made(*arguments: object, **keywords: object) -> object:
            if next(calls) == dies_at:
                raise Dies
            return call(*arguments, **keywords)  # type: ignore[operator]

        return made

    with monkeypatch.context() as within:
        within.setattr(engine.store, "admit", fragile(engine.store.admit))
        within.setattr(engine.dispatcher, "send_many", fragile(engine.dispatcher.send_many))
        within.setattr(due, "move_on", fragile(due.move_on))
        with suppress(Dies):
            turn(due, engine, Limits(lambda: 180))
    turn(due, engine, Limits(lambda: 180))
    assert jobs_of(engine) == dict.fromkeys((f"org-{each}" for each in range(5)), 1)


def test_a_hundred_thousand_organisations_have_their_pages_within_two_hours_of_their_time() -> None:
    """A turn plans what its Lambda has time for: here 6,000 organisations in five minutes."""
    clock = ManualClock(FIVE)
    due = organisations(100_000)
    planned: Counter[str] = Counter()
    turns = 0
    while sum(planned.values()) < 100_000:
        page_turn = 0
        for page in due.due(Plan.PAGES, until=clock()):
            if page_turn >= 6_000:
                break
            planned.update(each.org_id for each in page)
            due.move_on(dict.fromkeys(page, next_pages(clock())), {})
            page_turn += len(page)
        turns += 1
        clock.advance(minutes=5)
    assert set(planned.values()) == {1}
    assert clock() - FIVE <= 120 * MINUTE
    assert turns == 17


@pytest.mark.parametrize(
    ("due_at", "now", "expected"),
    [
        ("10:20", "10:20", "11:20"),
        ("10:20", "10:24", "11:20"),
        ("10:20", "11:20", "12:20"),
        ("10:20", "15:19", "15:20"),
    ],
)
def test_counts_keep_their_rhythm_and_missed_hours_are_not_made_up_for(due_at: str, now: str, expected: str) -> None:
    times = [datetime.fromisoformat(f"2026-11-22T{each}:00+00:00") for each in (due_at, now, expected)]
    assert next_counts(times[0], now=times[1]) == times[2]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-22T04:59:59", "2026-11-22T05:00:00"),
        ("2026-11-22T05:00:00", "2026-11-23T05:00:00"),
        ("2026-11-30T23:00:00", "2026-12-01T05:00:00"),
    ],
)
def test_pages_are_due_at_five(after: str, expected: str) -> None:
    assert next_pages(datetime.fromisoformat(f"{after}+00:00")) == datetime.fromisoformat(f"{expected}+00:00")
