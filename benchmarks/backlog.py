"""A backlog of 100,000 jobs over the engine's real code, on a virtual clock: nothing lost, nothing done twice.

Also what the reconciler reads at 1,000 and at 100,000 stored jobs when ten are due: its cost must follow what is due.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from functions.reconciler.recover import reconcile
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.store import DueCursor
from tests.support.simulation import Simulation

JOBS = 100_000
WORKERS = 100
ORGS = 10
DUE = 10


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, value and limit."""
    started = time.perf_counter()
    simulation = drained(JOBS)
    seconds = time.perf_counter() - started
    jobs = simulation.store.jobs.values()
    lost = sum(job.status is not JobStatus.COMPLETED for job in jobs)
    doubled = sum(effects > 1 for effects in simulation.effects.values())
    few, many = (reads_of_the_reconciler(stored) for stored in (1_000, 100_000))
    return [
        (f"jobs of {JOBS:,} not completed", str(lost), "0"),
        (f"jobs of {JOBS:,} done twice", str(doubled), "0"),
        ("messages sent for a job", f"{simulation.sends / JOBS:.3f}", "<= 1.1"),
        ("messages in the dead-letter queue", str(len(simulation.dead)), "0"),
        ("real time for all of it", f"{seconds:.0f} s", f"{seconds / JOBS * 1e6:.0f} µs a job"),
        (f"jobs the reconciler reads, {DUE} due of 1,000", str(few), str(DUE)),
        (f"jobs the reconciler reads, {DUE} due of 100,000", str(many), f"{few}, as with 1,000"),
    ]


def drained(number: int) -> Simulation:
    """A deployment that was given so many jobs at once, when it is done."""
    simulation = Simulation(work=lambda job: 1.0, workers=WORKERS)
    engine = simulation.engine()
    for index in range(number):
        submission = Submission(
            f"org-{index % ORGS}", JobType.GENERATE_CONTENT, {"topic": "tea"}, job_id=f"job-{index:06d}"
        )
        plan(submission, engine=engine)
    simulation.run_until_quiet(engine)
    return simulation


class CountingStore(MemoryJobStore):
    """Counts the jobs it gives away."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()

    def get_many(self, org_id: str, job_ids: Sequence[str]) -> list[Job]:
        self.reads["jobs"] += len(job_ids)
        return super().get_many(org_id, job_ids)

    def due(
        self, shard: int, *, until: datetime, limit: int, after: DueCursor | None = None
    ) -> tuple[list[tuple[str, str]], DueCursor | None]:
        found, cursor = super().due(shard, until=until, limit=limit, after=after)
        self.reads["keys"] += len(found)
        return found, cursor


def reads_of_the_reconciler(stored: int) -> int:
    """How many jobs one run reads when ten of so many are due and the others are done."""
    store = CountingStore()
    simulation = Simulation(work=lambda job: 1.0, store=store)
    engine: Any = simulation.engine()
    for index in range(stored):
        submission = Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}, job_id=f"job-{index:06d}")
        job, _ = plan(submission, engine=engine)
        if index >= DUE:
            store.jobs[job.org_id, job.job_id] = transitions.completed(job, now=simulation.clock(), result={})
        else:
            store.jobs[job.org_id, job.job_id] = replace(job, dispatched_at=None)
    simulation.clock.now += timedelta(seconds=31)
    reconcile(engine=engine)
    return store.reads["jobs"]
