"""Jobs that fail without a word: whoever planned them says in its own way what lasts."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import MAX_CRASH_RECOVERIES
from functions.shared.kernel.jobs.run import Delivery, Verdict, run
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine


def refuse(job: Job, context: JobContext) -> Mapping[str, Any]:
    raise PermanentError("the source is gone")


@pytest.mark.parametrize(("quiet", "verdict", "told"), [(True, Verdict.DONE, 0), (False, Verdict.DEAD_LETTER, 1)])
def test_only_a_job_that_is_not_quiet_is_announced_and_dead_lettered_when_it_fails(
    clock: ManualClock, quiet: bool, verdict: Verdict, told: int
) -> None:
    engine = memory_engine(clock=clock)
    submission = Submission("acme", JobType.SYNC_RSS, {"source_id": "s1"}, quiet=quiet)
    job, _ = plan(submission, engine=engine)
    message = JobMessage(job_id=job.job_id, org_id="acme", attempt=1)

    assert run(message, Delivery(), handlers={JobType.SYNC_RSS: refuse}, engine=engine) is verdict

    assert isinstance(engine.store, MemoryJobStore)
    failed = engine.store.get("acme", job.job_id)
    assert failed is not None
    assert (failed.status, failed.error) == (JobStatus.FAILED, "the source is gone")
    assert engine.store.notifications.unread_count("acme") == told
    again = run(message, Delivery(receive_count=2), handlers={JobType.SYNC_RSS: refuse}, engine=engine)
    assert again is verdict


def test_a_quiet_job_that_kills_its_workers_is_announced_because_it_cannot_tell_of_it_itself(
    clock: ManualClock,
) -> None:
    engine = memory_engine(clock=clock)
    assert isinstance(engine.store, MemoryJobStore)
    job, _ = plan(Submission("acme", JobType.SYNC_RSS, {"source_id": "s1"}, quiet=True), engine=engine)
    for _ in range(MAX_CRASH_RECOVERIES):
        held = transitions.claimed(job, now=clock(), owner="killed", timing=engine.timing)
        engine.store.replace(job, held)
        clock.advance(seconds=61)
        job = transitions.recovered(held, now=clock(), timing=engine.timing)
        engine.store.replace(held, job)
    message = JobMessage(job_id=job.job_id, org_id="acme", attempt=job.attempt)

    assert run(message, Delivery(), handlers={JobType.SYNC_RSS: refuse}, engine=engine) is Verdict.DEAD_LETTER

    assert engine.store.notifications.unread_count("acme") == 1
