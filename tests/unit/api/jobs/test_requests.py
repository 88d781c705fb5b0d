"""The job engine over the in-memory store: what users may ask of it, and when it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.api.jobs.change import cancel, retry
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import FlywheelError, JobCancelled, PermanentError, TransientError
from functions.shared.kernel.jobs.admit import Submission, plan, submit
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job, JobStatus, Priority
from functions.shared.kernel.jobs.refusals import CapReached, IdempotencyKeyReused, NotFound, StateForbids
from functions.shared.kernel.jobs.run import Verdict
from tests.support.clock import ManualClock
from tests.support.job_runner import TOPIC, Runner


@pytest.fixture
def runner(clock: ManualClock) -> Runner:
    return Runner(clock)


def test_the_organisations_cap_counts_active_jobs_only(runner: Runner) -> None:
    jobs = [runner.submit() for _ in range(3)]
    with pytest.raises(CapReached) as caught:
        runner.submit()
    assert (caught.value.active, caught.value.limit) == (3, 3)
    cancel("acme", jobs[0].job_id, engine=runner.engine)
    runner.submit()


def test_planned_work_is_admitted_over_the_cap_and_once(runner: Runner) -> None:
    for _ in range(3):
        runner.submit()
    planned = Submission("acme", JobType.GENERATE_CONTENT, TOPIC, job_id="tick-1")
    assert plan(planned, engine=runner.engine)[1] is True
    assert plan(planned, engine=runner.engine)[1] is False
    assert len(runner.sent) == 4


def test_a_repeated_idempotency_key_returns_the_first_job_even_over_the_cap(runner: Runner) -> None:
    first = runner.submit(idempotency_key="k")
    assert runner.submit(idempotency_key="k").job_id == first.job_id
    for _ in range(2):
        runner.submit()
    assert runner.submit(idempotency_key="k").job_id == first.job_id
    with pytest.raises(IdempotencyKeyReused):
        runner.submit(idempotency_key="k", priority=Priority.HIGH)


def test_a_payload_its_type_does_not_take_is_refused_by_field(runner: Runner) -> None:
    with pytest.raises(PermanentError, match=r"topic: Field required"):
        submit(Submission("acme", JobType.GENERATE_CONTENT, {}), engine=runner.engine)


def test_a_type_this_deployment_does_not_run_is_refused_by_name(runner: Runner) -> None:
    with pytest.raises(PermanentError, match="GENERATE_IMAGE is not run by this deployment"):
        submit(Submission("acme", JobType.GENERATE_IMAGE, {}), engine=runner.engine)


def test_a_queued_job_is_cancelled_at_once_and_its_message_ignored(runner: Runner) -> None:
    job = runner.submit()
    assert cancel("acme", job.job_id, engine=runner.engine).status is JobStatus.CANCELLED
    assert runner.deliver_last() is Verdict.DONE
    assert runner.runs == 0


def test_a_processing_job_is_cancelled_at_its_next_heartbeat(runner: Runner) -> None:
    job = runner.submit()

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        cancel("acme", job.job_id, engine=runner.engine)
        context.checkpoint()
        context.beat()
        context.checkpoint()
        raise AssertionError("the second checkpoint stops the work")

    runner.work = work
    assert runner.deliver_last() is Verdict.DONE
    assert runner.stored(job).status is JobStatus.CANCELLED


def test_a_job_cancelled_while_failing_is_not_retried(runner: Runner) -> None:
    job = runner.submit()

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        cancel("acme", job.job_id, engine=runner.engine)
        raise TransientError("and down as well")

    runner.work = work
    runner.deliver_last()
    assert runner.stored(job).status is JobStatus.CANCELLED


@pytest.mark.parametrize("error", [PermanentError("no"), JobCancelled("stop")])
def test_a_failed_or_cancelled_job_can_be_retried_by_hand(runner: Runner, error: FlywheelError) -> None:
    job = runner.submit()
    runner.fail_with(error)
    runner.deliver_last()
    old = runner.sent[-1][1]
    retry("acme", job.job_id, engine=runner.engine)
    runner.work = lambda job, context: {}
    runner.clock.advance(seconds=1)
    assert runner.deliver(old) is Verdict.DONE
    assert runner.stored(job).status is JobStatus.QUEUED
    runner.deliver_last()
    assert runner.stored(job).status is JobStatus.COMPLETED


def test_what_the_state_forbids_is_refused(runner: Runner) -> None:
    job = runner.submit()
    with pytest.raises(StateForbids, match="only a failed or cancelled job"):
        retry("acme", job.job_id, engine=runner.engine)
    runner.deliver_last()
    with pytest.raises(StateForbids, match="already completed"):
        cancel("acme", job.job_id, engine=runner.engine)
    with pytest.raises(NotFound):
        cancel("other", job.job_id, engine=runner.engine)
