"""The job engine over the in-memory store: what becomes of jobs whose worker, or whose message, was lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.reconciler.recover import Found, reconcile
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.admit import Submission, plan, submit
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryDispatcher, MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus, Priority
from functions.shared.kernel.jobs.run import Verdict
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.job_runner import TOPIC, Runner


@pytest.fixture
def runner(clock: ManualClock) -> Runner:
    return Runner(clock)


def test_a_living_workers_job_is_left_alone(runner: Runner) -> None:
    job = runner.submit()
    held = transitions.claimed(job, now=runner.clock(), owner="other", timing=runner.engine.timing)
    runner.engine.store.replace(runner.stored(job), held)
    runner.clock.advance(seconds=59)
    assert runner.deliver_last() is Verdict.DONE
    assert (runner.runs, runner.stored(job)) == (0, held)


def test_a_message_that_finds_the_lease_over_takes_the_job_over(runner: Runner) -> None:
    job = runner.submit()
    hold(runner, job)
    runner.clock.advance(seconds=60)
    assert runner.deliver_last() is Verdict.DONE
    done = runner.stored(job)
    assert (done.status, done.recoveries, done.failures) == (JobStatus.COMPLETED, 1, 0)
    assert [attempt.outcome for attempt in done.attempts] == ["lost", "completed"]


def test_the_reconciler_recovers_a_stalled_job_within_two_minutes_of_the_crash(runner: Runner) -> None:
    for second in range(0, 60, 7):
        job = runner.submit()
        hold(runner, job)
        crashed_at = runner.clock()
        runner.clock.advance(seconds=second)
        before = len(runner.sent)
        while len(runner.sent) == before:
            reconcile(engine=runner.engine, horizon=timedelta(minutes=1))
            runner.clock.advance(seconds=60)
        wait = runner.clock() - timedelta(seconds=60) + timedelta(seconds=runner.sent[-1][2]) - crashed_at
        assert wait <= timedelta(seconds=100)
        runner.clock.now = crashed_at + wait
        assert runner.deliver_last() is Verdict.DONE
        assert runner.stored(job).status is JobStatus.COMPLETED


def test_a_worker_that_lost_its_job_meanwhile_changes_nothing(runner: Runner) -> None:
    job = runner.submit()

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        runner.clock.advance(minutes=2)
        reconcile(engine=runner.engine)
        return {"too": "late"}

    runner.work = work
    assert runner.deliver_last() is Verdict.DONE
    assert (runner.stored(job).status, runner.stored(job).result) == (JobStatus.QUEUED, None)


def test_a_job_that_kills_its_worker_three_times_fails_as_poison(runner: Runner) -> None:
    job = runner.submit()
    for _ in range(3):
        hold(runner, runner.stored(job))
        runner.clock.advance(seconds=61)
        reconcile(engine=runner.engine)
    assert runner.deliver_last() is Verdict.DEAD_LETTER
    assert runner.runs == 0
    assert "lost 3 times" in str(runner.stored(job).error)


def test_a_message_the_queue_did_not_take_is_sent_by_the_reconciler(runner: Runner) -> None:
    assert isinstance(runner.engine.dispatcher, MemoryDispatcher)
    runner.engine.dispatcher.down = True
    job = runner.submit()
    assert runner.sent == []
    runner.engine.dispatcher.down = False
    assert reconcile(engine=runner.engine).counts == {}
    runner.clock.advance(seconds=31)
    assert reconcile(engine=runner.engine).counts == {Found.SENT: 1}
    runner.deliver_last()
    assert runner.stored(job).status is JobStatus.COMPLETED


def test_a_message_that_nobody_claims_is_sent_again_within_two_minutes_and_then_less_and_less_often(
    runner: Runner,
) -> None:
    """A worker that dies before its claim hides its message for the queue's visibility timeout."""
    runner.submit()
    began = runner.clock()
    sent: list[float] = []
    for _ in range(60):
        runner.clock.advance(minutes=1)
        reconcile(engine=runner.engine, horizon=timedelta(minutes=1))
        if len(runner.sent) > 1 + len(sent):
            sent.append((runner.clock() - began).total_seconds() / 60)
    assert sent == [1, 3, 7, 15, 30, 45, 60]


def test_one_job_the_reconciler_cannot_deal_with_delays_no_other(runner: Runner) -> None:
    down = MemoryDispatcher(down=True)
    engine = replace(runner.engine, dispatcher=down)
    bad = submit(Submission("acme", JobType.GENERATE_CONTENT, TOPIC, Priority.HIGH), engine=engine)
    good = submit(Submission("acme", JobType.GENERATE_CONTENT, TOPIC), engine=engine)

    class NoHighLane(MemoryDispatcher):
        def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
            if lane.endswith("-high"):
                raise PermanentError(f"this function may not send to the queue {lane}")
            super().send(lane, message, delay_seconds=delay_seconds)

    lanes = NoHighLane()
    runner.clock.advance(seconds=31)
    assert reconcile(engine=replace(runner.engine, dispatcher=lanes)).counts == {Found.UNREACHABLE: 1, Found.SENT: 1}
    assert [message.job_id for _, message, _ in lanes.sent] == [good.job_id]
    assert runner.stored(bad).dispatched_at is None


def test_an_organisation_with_a_huge_backlog_delays_only_itself_in_the_reconciler(runner: Runner) -> None:
    down = replace(runner.engine, dispatcher=MemoryDispatcher(down=True))
    for number in range(350):
        plan(Submission("noisy", JobType.GENERATE_CONTENT, TOPIC, job_id=f"n{number:03d}"), engine=down)
    plan(Submission("quiet", JobType.GENERATE_CONTENT, TOPIC, job_id="q"), engine=down)
    runner.clock.advance(seconds=31)
    start = runner.clock()

    class SlowStore(MemoryJobStore):
        def get_many(self, org_id: str, job_ids: Sequence[str]) -> list[Job]:
            runner.clock.advance(seconds=1)
            return super().get_many(org_id, job_ids)

    stored = runner.engine.store
    assert isinstance(stored, MemoryJobStore)
    engine = replace(runner.engine, store=SlowStore(stored.jobs))
    sweep = reconcile(engine=engine, stop_at=start + timedelta(seconds=3))
    assert sweep.counts == {Found.SENT: 101, Found.LEFT_OVER: 250}
    assert "q" in [message.job_id for _, message, _ in runner.sent]


def hold(runner: Runner, job: Job) -> None:
    """A worker claims the job and dies."""
    held = transitions.claimed(job, now=runner.clock(), owner="dead", timing=runner.engine.timing)
    runner.engine.store.replace(job, held)


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.PROCESSING])
def test_a_job_of_a_type_that_this_version_does_not_know_delays_no_other(runner: Runner, status: JobStatus) -> None:
    down = replace(runner.engine, dispatcher=MemoryDispatcher(down=True))
    good = submit(Submission("acme", JobType.GENERATE_CONTENT, TOPIC), engine=down)
    strange = replace(good, job_id="strange", type="OF_A_LATER_VERSION", status=status, dispatched_at=good.created_at)
    assert isinstance(runner.engine.store, MemoryJobStore)
    runner.engine.store.jobs["acme", "strange"] = strange
    runner.clock.advance(minutes=3)
    counts = reconcile(engine=runner.engine, waiting={"content": 1}).counts
    assert counts == {Found.UNREACHABLE: 1, Found.SENT: 1}
    assert [message.job_id for _, message, _ in runner.sent] == [good.job_id]
