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
from tests.support.job_desk import TOPIC, Desk


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(clock)


def test_a_living_workers_job_is_left_alone(desk: Desk) -> None:
    job = desk.submit()
    held = transitions.claimed(job, now=desk.clock(), owner="other", timing=desk.engine.timing)
    desk.engine.store.replace(desk.stored(job), held)
    desk.clock.advance(seconds=59)
    assert desk.deliver_last() is Verdict.DONE
    assert (desk.runs, desk.stored(job)) == (0, held)


def test_a_message_that_finds_the_lease_over_takes_the_job_over(desk: Desk) -> None:
    job = desk.submit()
    hold(desk, job)
    desk.clock.advance(seconds=60)
    assert desk.deliver_last() is Verdict.DONE
    done = desk.stored(job)
    assert (done.status, done.recoveries, done.failures) == (JobStatus.COMPLETED, 1, 0)
    assert [attempt.outcome for attempt in done.attempts] == ["lost", "completed"]


def test_the_reconciler_recovers_a_stalled_job_within_two_minutes_of_the_crash(desk: Desk) -> None:
    for second in range(0, 60, 7):
        job = desk.submit()
        hold(desk, job)
        crashed_at = desk.clock()
        desk.clock.advance(seconds=second)
        before = len(desk.sent)
        while len(desk.sent) == before:
            reconcile(engine=desk.engine, horizon=timedelta(minutes=1))
            desk.clock.advance(seconds=60)
        wait = desk.clock() - timedelta(seconds=60) + timedelta(seconds=desk.sent[-1][2]) - crashed_at
        assert wait <= timedelta(seconds=100)
        desk.clock.now = crashed_at + wait
        assert desk.deliver_last() is Verdict.DONE
        assert desk.stored(job).status is JobStatus.COMPLETED


def test_a_worker_that_lost_its_job_meanwhile_changes_nothing(desk: Desk) -> None:
    job = desk.submit()

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        desk.clock.advance(minutes=2)
        reconcile(engine=desk.engine)
        return {"too": "late"}

    desk.work = work
    assert desk.deliver_last() is Verdict.DONE
    assert (desk.stored(job).status, desk.stored(job).result) == (JobStatus.QUEUED, None)


def test_a_job_that_kills_its_worker_three_times_fails_as_poison(desk: Desk) -> None:
    job = desk.submit()
    for _ in range(3):
        hold(desk, desk.stored(job))
        desk.clock.advance(seconds=61)
        reconcile(engine=desk.engine)
    assert desk.deliver_last() is Verdict.DEAD_LETTER
    assert desk.runs == 0
    assert "lost 3 times" in str(desk.stored(job).error)


def test_a_message_the_queue_did_not_take_is_sent_by_the_reconciler(desk: Desk) -> None:
    assert isinstance(desk.engine.dispatcher, MemoryDispatcher)
    desk.engine.dispatcher.down = True
    job = desk.submit()
    assert desk.sent == []
    desk.engine.dispatcher.down = False
    assert reconcile(engine=desk.engine).counts == {}
    desk.clock.advance(seconds=31)
    assert reconcile(engine=desk.engine).counts == {Found.SENT: 1}
    desk.deliver_last()
    assert desk.stored(job).status is JobStatus.COMPLETED


def test_a_queued_job_whose_message_vanished_is_sent_again_after_a_quarter_of_an_hour(desk: Desk) -> None:
    desk.submit()
    desk.clock.advance(seconds=31)
    assert reconcile(engine=desk.engine).counts == {Found.POSTPONED: 1}
    desk.clock.advance(minutes=14)
    assert reconcile(engine=desk.engine).counts == {}
    desk.clock.advance(minutes=1)
    assert reconcile(engine=desk.engine).counts == {Found.SENT_AGAIN: 1}
    assert len(desk.sent) == 2


def test_one_job_the_reconciler_cannot_deal_with_delays_no_other(desk: Desk) -> None:
    down = MemoryDispatcher(down=True)
    engine = replace(desk.engine, dispatcher=down)
    bad = submit(Submission("acme", JobType.GENERATE_CONTENT, TOPIC, Priority.HIGH), engine=engine)
    good = submit(Submission("acme", JobType.GENERATE_CONTENT, TOPIC), engine=engine)

    class NoHighLane(MemoryDispatcher):
        def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
            if lane.endswith("-high"):
                raise PermanentError(f"this function may not send to the queue {lane}")
            super().send(lane, message, delay_seconds=delay_seconds)

    lanes = NoHighLane()
    desk.clock.advance(seconds=31)
    assert reconcile(engine=replace(desk.engine, dispatcher=lanes)).counts == {Found.UNREACHABLE: 1, Found.SENT: 1}
    assert [message.job_id for _, message, _ in lanes.sent] == [good.job_id]
    assert desk.stored(bad).dispatched_at is None


def test_an_organisation_with_a_huge_backlog_delays_only_itself_in_the_reconciler(desk: Desk) -> None:
    down = replace(desk.engine, dispatcher=MemoryDispatcher(down=True))
    for number in range(350):
        plan(Submission("noisy", JobType.GENERATE_CONTENT, TOPIC, job_id=f"n{number:03d}"), engine=down)
    plan(Submission("quiet", JobType.GENERATE_CONTENT, TOPIC, job_id="q"), engine=down)
    desk.clock.advance(seconds=31)
    start = desk.clock()

    class SlowStore(MemoryJobStore):
        def get_many(self, org_id: str, job_ids: Sequence[str]) -> list[Job]:
            desk.clock.advance(seconds=1)
            return super().get_many(org_id, job_ids)

    stored = desk.engine.store
    assert isinstance(stored, MemoryJobStore)
    engine = replace(desk.engine, store=SlowStore(stored.jobs))
    sweep = reconcile(engine=engine, stop_at=start + timedelta(seconds=2))
    assert sweep.counts == {Found.SENT: 101, Found.LEFT_OVER: 250}
    assert "q" in [message.job_id for _, message, _ in desk.sent]


def hold(desk: Desk, job: Job) -> None:
    """A worker claims the job and dies."""
    held = transitions.claimed(job, now=desk.clock(), owner="dead", timing=desk.engine.timing)
    desk.engine.store.replace(job, held)
