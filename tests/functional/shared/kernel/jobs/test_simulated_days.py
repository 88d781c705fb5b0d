"""Outages, poison and crowds over the engine's real code, on a virtual clock."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.admit import Submission, plan, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus
from tests.support.simulation import Simulation, WorkerKilled

SECOND = timedelta(seconds=1)
_CALLS = ("admit", "get", "get_many", "replace", "settle", "mark_dispatched", "claim_first", "due", "postpone")


def one_second(job: Job) -> float:
    return 1.0


def planned(engine: Engine, org_id: str, number: int, **payload: Any) -> Job:
    body = {"topic": "tea", **payload}
    return plan(Submission(org_id, JobType.GENERATE_CONTENT, body, job_id=f"{org_id}-{number:06d}"), engine=engine)[0]


def statuses(simulation: Simulation) -> set[JobStatus]:
    return {job.status for job in simulation.store.jobs.values()}


class FlakyStore(MemoryJobStore):
    """A store that is throttled while `chance` says so; counts every try of its client, which tries four times."""

    chance: Callable[[], float] = staticmethod(lambda: 0.0)
    calls = 0

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)  # noqa: S311 - a repeatable throttle

    def _is_throttled(self) -> bool:
        self.calls += 1
        return self._random.random() < self.chance()

    def __getattribute__(self, name: str) -> Any:
        if name in _CALLS and all(self._is_throttled() for _ in range(4)):
            raise TransientError("DynamoDB failed: ProvisionedThroughputExceededException")
        return super().__getattribute__(name)


@pytest.mark.parametrize(("share", "seconds"), [(0.3, 60), (1.0, 30)])
@pytest.mark.parametrize("seed", range(5))
def test_a_throttled_store_loses_nothing_and_the_work_recovers_within_a_minute(
    share: float, seconds: int, seed: int
) -> None:
    calm, rough = (outage(seed, chance, seconds) for chance in (0.0, share))
    assert statuses(rough[0]) == {JobStatus.COMPLETED}
    assert set(rough[0].effects.values()) == {1}
    assert rough[1] <= 1.5 * calm[1]
    assert rough[0].clock() - calm[0].clock() <= timedelta(seconds=seconds) + 60 * SECOND


def outage(seed: int, chance: float, seconds: int) -> tuple[Simulation, int]:
    """300 jobs while the store is down for a while after their admission."""
    store = FlakyStore(seed)
    simulation = Simulation(work=one_second, store=store)
    engine = simulation.engine()
    for number in range(300):
        planned(engine, "acme", number)
    until = simulation.clock() + seconds * SECOND
    store.chance = lambda: chance if simulation.clock() < until else 0.0
    simulation.run_until_quiet(engine)
    return simulation, store.calls


def test_every_job_accepted_while_the_queue_is_down_runs_when_it_is_back() -> None:
    simulation = Simulation(work=one_second)
    start = simulation.clock()
    simulation.queue_is_down = lambda now: now < start + 60 * SECOND
    engine = simulation.engine()
    for number in range(100):
        planned(engine, "acme", number)
    simulation.run_until_quiet(engine)
    assert statuses(simulation) == {JobStatus.COMPLETED}
    assert set(simulation.effects.values()) == {1}


def test_poison_of_every_kind_ends_failed_and_no_innocent_with_it() -> None:
    runs: dict[str, int] = {}

    def work(job: Job) -> float:
        kind = str(job.payload["topic"])
        runs[kind] = runs.get(kind, 0) + 1
        if kind == "raises":
            raise ZeroDivisionError
        if kind == "refused":
            raise PermanentError("no")
        if kind == "dies":
            raise WorkerKilled
        return 1.0

    simulation = Simulation(work=work)
    engine = simulation.engine()
    for number, kind in enumerate(["raises", "refused", "dies", *["fine"] * 20]):
        planned(engine, "acme", number, topic=kind)
    simulation.run_until_quiet(engine)
    failed = {job.payload["topic"] for job in simulation.store.jobs.values() if job.status is JobStatus.FAILED}
    assert failed == {"raises", "refused", "dies"}
    assert runs == {"raises": 4, "refused": 1, "dies": 3, "fine": 20}


def test_a_quiet_organisation_waits_no_longer_beside_a_noisy_one() -> None:
    quiet = [f"quiet-{number}" for number in range(9)]
    alone, beside = crowd(quiet, noisy=0), crowd(quiet, noisy=10_000)
    assert set(beside.effects.values()) == {1}
    assert len(beside.effects) == 10_000 + 90
    assert p95(beside, quiet) <= 2 * max(p95(alone, quiet), 1.0)


def crowd(quiet: list[str], *, noisy: int) -> Simulation:
    """Nine organisations with ten jobs each, submitted after another's many."""
    simulation = Simulation(work=one_second)
    engine = simulation.engine()
    for number in range(noisy):
        planned(engine, "noisy", number)
    for number in range(10):
        for org_id in quiet:
            planned(engine, org_id, number)
    simulation.run_until_quiet(engine)
    return simulation


def p95(simulation: Simulation, orgs: list[str]) -> float:
    waits = sorted(wait for org_id in orgs for wait in simulation.waits[org_id])
    return waits[int(0.95 * len(waits))]


@pytest.mark.parametrize("jump_minutes", [-15, 15])
def test_a_clock_that_jumps_makes_nothing_run_early_or_twice(jump_minutes: int) -> None:
    simulation = Simulation(work=one_second)
    engine = simulation.engine()
    for number in range(20):
        planned(engine, "acme", number)
    simulation.clock.advance(minutes=jump_minutes)
    simulation.run_until_quiet(engine)
    assert statuses(simulation) == {JobStatus.COMPLETED}
    assert set(simulation.effects.values()) == {1}


def test_a_hundred_jobs_at_once_wait_as_long_as_ten_with_as_many_workers_to_each() -> None:
    ten, hundred = (burst(jobs, workers) for jobs, workers in ((10, 10), (100, 100)))
    assert p95(hundred, ["acme"]) <= 1.2 * max(p95(ten, ["acme"]), 1.0)


def burst(jobs: int, workers: int) -> Simulation:
    simulation = Simulation(work=one_second, workers=workers)
    engine = simulation.engine(active_jobs_per_org=100)
    for _ in range(jobs):
        submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)
    simulation.run_until_quiet(engine)
    return simulation


class LostAnswers(MemoryJobStore):
    """A store whose answers get lost: the client, which hears nothing, sends the same write again."""

    def __init__(self, share: float, seed: int) -> None:
        super().__init__()
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - a repeatable loss

    def __getattribute__(self, name: str) -> Any:
        call = super().__getattribute__(name)
        if name not in ("admit", "replace", "settle", "mark_dispatched", "claim_first", "postpone"):
            return call

        def sent_again(*arguments: Any, **keywords: Any) -> Any:
            answer = call(*arguments, **keywords)
            while self._random.random() < self._share:
                answer = call(*arguments, **keywords)
            return answer

        return sent_again


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_lost_answers_of_the_store_change_no_count(share: float, seed: int) -> None:
    simulation = Simulation(work=one_second, store=LostAnswers(share, seed))
    engine = simulation.engine()
    for number in range(200):
        planned(engine, "acme", number)
    simulation.run_until_quiet(engine)
    assert statuses(simulation) == {JobStatus.COMPLETED}
    assert len(simulation.effects) == 200
    assert set(simulation.effects.values()) == {1}
    assert {job.recoveries for job in simulation.store.jobs.values()} == {0}
