"""The heartbeat's own thread, at a quick pace."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import JobCancelled, TransientError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext, LeaseLost
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.policy import Timing
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.log_lines import captured

PATIENCE_SECONDS = 5


class BeatCounter(MemoryJobStore):
    """Tells when it was beaten."""

    def __init__(self) -> None:
        super().__init__()
        self.beaten = threading.Event()

    def beat(self, job: Job, **fields: object) -> bool:
        try:
            return super().beat(job, **fields)  # type: ignore[arg-type]
        finally:
            self.beaten.set()


def processing(clock: ManualClock) -> tuple[Engine, BeatCounter, Job]:
    store = BeatCounter()
    timing = Timing(heartbeat=timedelta(milliseconds=1))
    engine = replace(memory_engine(clock=clock), store=store, timing=timing)
    job = submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)
    held = transitions.claimed(job, now=clock(), owner="me", timing=timing)
    store.replace(store.jobs["acme", job.job_id], held)
    return engine, store, held


def test_the_lease_is_extended_and_progress_shown_while_the_work_goes_on(clock: ManualClock) -> None:
    engine, store, job = processing(clock)
    clock.advance(seconds=30)
    with JobContext(job, engine=engine) as context:
        context.report("2 of 4 variants")
        store.beaten.clear()
        assert store.beaten.wait(PATIENCE_SECONDS)
    stored = store.jobs["acme", job.job_id]
    assert stored.lease_until == clock() + timedelta(seconds=60)
    assert stored.progress == "2 of 4 variants"


def test_no_heartbeat_comes_after_the_work_ended(clock: ManualClock) -> None:
    engine, store, job = processing(clock)
    with JobContext(job, engine=engine):
        assert store.beaten.wait(PATIENCE_SECONDS)
    assert not any(thread.name == f"heartbeat-{job.job_id}" for thread in threading.enumerate())


def test_a_heartbeat_that_finds_the_job_taken_over_stops_the_work(clock: ManualClock) -> None:
    engine, store, job = processing(clock)
    store.settle(job, transitions.recovered(job, now=clock(), timing=engine.timing))
    with JobContext(job, engine=engine) as context:
        assert store.beaten.wait(PATIENCE_SECONDS)
    with pytest.raises(LeaseLost):
        context.checkpoint()


def test_a_checkpoint_hears_of_a_cancellation_that_no_heartbeat_has_brought(clock: ManualClock) -> None:
    engine, store, job = processing(clock)
    context = JobContext(job, engine=engine)
    context.checkpoint()
    store.request_cancel(job)
    context.glance()
    with pytest.raises(JobCancelled):
        context.checkpoint()
    with pytest.raises(JobCancelled):
        context.glance()
    assert not store.beaten.is_set()


def test_a_checkpoint_finds_that_another_worker_has_the_job(clock: ManualClock) -> None:
    engine, store, job = processing(clock)
    store.jobs["acme", job.job_id] = replace(job, owner="another")
    with pytest.raises(LeaseLost):
        JobContext(job, engine=engine).checkpoint()


def test_a_store_out_of_reach_stops_no_work_at_a_checkpoint(clock: ManualClock) -> None:
    engine, _, job = processing(clock)

    class Down(MemoryJobStore):
        def get(self, org_id: str, job_id: str) -> Job | None:
            raise TransientError("reading a job failed: Throttling")

    with captured() as lines:
        JobContext(job, engine=replace(engine, store=Down())).checkpoint()
    assert lines.only("checkpoint_blind")
