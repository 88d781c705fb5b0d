"""How often, and for how long, a job may be put off."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import RateLimited
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import RetryPolicy
from functions.shared.kernel.jobs.run import Delivery, run
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine


@pytest.fixture
def engine(clock: ManualClock) -> Engine:
    return replace(memory_engine(clock=clock), policy=RetryPolicy(most_deferrals=3))


def put_off(engine: Engine, wait: timedelta, job: Job) -> Job:
    """Run the job once, against a service that wants it to come back after `wait`."""

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        raise RateLimited("the daily limit is reached", retry_at=engine.clock() + wait)

    message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
    run(message, Delivery(), handlers={JobType.GENERATE_CONTENT: work}, engine=engine)
    stored = engine.store.get(job.org_id, job.job_id)
    assert stored is not None
    return stored


def a_job(engine: Engine) -> Job:
    return submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)


def test_a_reset_exactly_as_far_away_as_allowed_is_waited_for(engine: Engine) -> None:
    job = put_off(engine, timedelta(hours=24), a_job(engine))
    assert (job.status, job.deferrals, job.failures) == (JobStatus.QUEUED, 1, 0)


def test_a_reset_further_away_fails_the_job_and_says_when_it_would_have_been(engine: Engine) -> None:
    job = put_off(engine, timedelta(hours=24, seconds=1), a_job(engine))
    assert job.status is JobStatus.FAILED
    assert job.error == (
        "the daily limit is reached (to run again at 2026-11-23T05:00:01.000Z: "
        "that is further away than the 24 hours a job is put off at most)"
    )


def test_a_job_is_put_off_only_so_often(engine: Engine, clock: ManualClock) -> None:
    job = a_job(engine)
    for number in (1, 2, 3):
        job = put_off(engine, timedelta(minutes=1), job)
        assert (job.status, job.deferrals) == (JobStatus.QUEUED, number)
        clock.advance(minutes=1)
    job = put_off(engine, timedelta(minutes=1), job)
    assert job.status is JobStatus.FAILED
    assert str(job.error).endswith("put off 3 times, gave up)")
