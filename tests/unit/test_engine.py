"""The job engine over the in-memory store: what a message does to a job."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.errors import (
    FlywheelError,
    JobCancelled,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    TransientError,
)
from functions.shared.jobs import transitions
from functions.shared.jobs.admit import Submission, plan, submit
from functions.shared.jobs.change import cancel, retry
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.memory import MemoryDispatcher, MemoryJobStore, memory_engine
from functions.shared.jobs.model import Job, JobStatus, JobType, Priority
from functions.shared.jobs.recover import Found, reconcile
from functions.shared.jobs.refusals import CapReached, IdempotencyKeyReused, NotFound, StateForbids
from functions.shared.jobs.run import Delivery, Verdict, run
from functions.shared.messages import JobMessage
from tests.clock import ManualClock

TOPIC = {"topic": "tea"}


class Desk:
    """An engine with one type of job, whose work the test gives."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.engine: Engine = memory_engine(clock=clock, active_jobs_per_org=3)
        self.runs = 0
        self.work: Callable[[Job, JobContext], Mapping[str, Any]] = lambda job, context: {"done": True}

    @property
    def sent(self) -> list[tuple[str, JobMessage, int]]:
        assert isinstance(self.engine.dispatcher, MemoryDispatcher)
        return self.engine.dispatcher.sent

    def submit(self, **changes: Any) -> Job:
        return submit(Submission("acme", JobType.GENERATE_CONTENT, TOPIC, **changes), engine=self.engine)

    def deliver(self, message: JobMessage, **delivery: Any) -> Verdict:
        def handler(job: Job, context: JobContext) -> Mapping[str, Any]:
            self.runs += 1
            return self.work(job, context)

        handlers = {JobType.GENERATE_CONTENT: handler}
        return run(message, Delivery(**{"sent_at": self.clock()} | delivery), handlers=handlers, engine=self.engine)

    def deliver_last(self, **delivery: Any) -> Verdict:
        return self.deliver(self.sent[-1][1], **delivery)

    def stored(self, job: Job) -> Job:
        found = self.engine.store.get(job.org_id, job.job_id)
        assert found is not None
        return found

    def fail_with(self, error: Exception) -> None:
        def work(job: Job, context: JobContext) -> Mapping[str, Any]:
            raise error

        self.work = work


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(clock)


def test_a_submitted_job_is_queued_and_its_message_sent_to_its_lane(desk: Desk) -> None:
    job = desk.submit(priority=Priority.HIGH)
    assert desk.stored(job).status is JobStatus.QUEUED
    assert desk.sent == [("content-high", JobMessage(job_id=job.job_id, org_id="acme", attempt=1), 0)]


def test_a_delivered_job_completes_with_its_result(desk: Desk) -> None:
    job = desk.submit()
    assert desk.deliver_last() is Verdict.DONE
    done = desk.stored(job)
    assert (done.status, done.result, done.due_at, done.slot) == (JobStatus.COMPLETED, {"done": True}, None, None)
    assert [(attempt.number, attempt.outcome) for attempt in done.attempts] == [(1, "completed")]


def test_a_message_delivered_ten_times_runs_the_job_once(desk: Desk) -> None:
    desk.submit()
    assert [desk.deliver_last() for _ in range(10)] == [Verdict.DONE] * 10
    assert desk.runs == 1


def test_a_job_that_keeps_failing_runs_four_times_at_the_set_delays_then_fails(desk: Desk) -> None:
    job = desk.submit()
    desk.fail_with(TransientError("the model is overloaded"))
    verdicts = []
    for delay in (60, 300, 900):
        verdicts.append(desk.deliver_last())
        assert desk.sent[-1][2] == delay
        desk.clock.advance(seconds=delay)
    verdicts.append(desk.deliver_last())
    over = desk.stored(job)
    assert verdicts == [Verdict.DONE] * 3 + [Verdict.DEAD_LETTER]
    assert desk.runs == 4
    assert (over.status, over.error) == (JobStatus.FAILED, "the model is overloaded (gave up after 4 runs)")
    assert [attempt.outcome for attempt in over.attempts] == ["retried", "retried", "retried", "failed"]


def test_a_waiting_retry_shows_its_reason_and_time(desk: Desk) -> None:
    job = desk.submit()
    desk.fail_with(TransientError("the model is overloaded"))
    desk.deliver_last()
    waiting = desk.stored(job)
    assert (waiting.status, waiting.reason) == (JobStatus.QUEUED, "the model is overloaded")
    assert waiting.not_before == desk.clock() + timedelta(seconds=60)


def test_a_retrys_message_that_comes_early_is_sent_again_for_the_rest_of_the_wait(desk: Desk) -> None:
    desk.submit()
    desk.fail_with(TransientError("no"))
    desk.deliver_last()
    desk.clock.advance(seconds=20)
    assert desk.deliver_last() is Verdict.DONE
    assert desk.runs == 1
    assert desk.sent[-1][2] == 40


def test_a_permanent_failure_ends_the_job_at_once_and_dead_letters_its_message(desk: Desk) -> None:
    job = desk.submit()
    desk.fail_with(PermanentError("topic: is forbidden"))
    assert desk.deliver_last() is Verdict.DEAD_LETTER
    assert (desk.stored(job).status, desk.stored(job).error) == (JobStatus.FAILED, "topic: is forbidden")


def test_the_failed_message_stays_dead_until_its_receive_count_is_used_up(desk: Desk) -> None:
    desk.submit()
    sent_at = desk.clock()
    desk.fail_with(PermanentError("no"))
    desk.deliver_last(sent_at=sent_at)
    assert [desk.deliver_last(sent_at=sent_at, receive_count=count) for count in (2, 3, 4, 5)] == [
        Verdict.DEAD_LETTER
    ] * 4
    assert desk.runs == 1


def test_a_second_copy_of_a_failed_jobs_message_is_dropped(desk: Desk) -> None:
    desk.submit()
    sent_at = desk.clock()
    desk.fail_with(PermanentError("no"))
    desk.deliver_last(sent_at=sent_at)
    assert desk.deliver_last(sent_at=sent_at, receive_count=1) is Verdict.DONE


def test_a_redriven_message_starts_the_job_afresh_and_keeps_its_history(desk: Desk) -> None:
    job = desk.submit()
    desk.fail_with(TransientError("down"))
    for delay in (60, 300, 900, 1):
        desk.deliver_last()
        desk.clock.advance(seconds=delay)
    failed_message = desk.sent[-1][1]
    desk.work = lambda job, context: {"done": "at last"}
    assert desk.deliver(failed_message) is Verdict.DONE
    done = desk.stored(job)
    assert (done.status, done.failures, done.error) == (JobStatus.COMPLETED, 0, None)
    assert len(done.attempts) == 5
    assert desk.deliver(failed_message) is Verdict.DONE
    assert desk.runs == 5


def test_a_rate_limit_parks_the_job_until_its_reset_and_costs_no_attempt(desk: Desk) -> None:
    job = desk.submit()
    reset = desk.clock() + timedelta(seconds=500)
    desk.fail_with(RateLimited("X allows no more posts", retry_at=reset))
    desk.deliver_last()
    parked = desk.stored(job)
    assert (parked.status, parked.not_before, parked.failures, parked.deferrals) == (JobStatus.QUEUED, reset, 0, 1)
    assert desk.sent[-1][2] == 500


def test_a_rate_limit_hours_away_is_woken_by_the_reconciler_to_the_second(desk: Desk) -> None:
    job = desk.submit()
    reset = desk.clock() + timedelta(hours=5)
    desk.fail_with(RateLimited("daily limit", retry_at=reset))
    desk.deliver_last()
    assert len(desk.sent) == 1
    while len(desk.sent) == 1:
        desk.clock.advance(minutes=1)
        reconcile(engine=desk.engine, horizon=timedelta(minutes=1))
        assert desk.clock() < reset
    assert desk.clock() + timedelta(seconds=desk.sent[-1][2]) == reset
    desk.clock.now = reset
    desk.work = lambda job, context: {}
    desk.deliver_last()
    assert desk.stored(job).status is JobStatus.COMPLETED


def test_an_unknown_outcome_runs_again_and_in_the_end_asks_for_a_human(desk: Desk) -> None:
    job = desk.submit()
    desk.fail_with(OutcomeUnknown("X did not answer"))
    for delay in (60, 300, 900, 0):
        desk.deliver_last()
        desk.clock.advance(seconds=delay)
    assert desk.stored(job).error == "X did not answer (still unknown after 4 runs: please check by hand)"


def test_an_unexpected_exception_is_retried_and_its_text_kept_from_the_user(desk: Desk) -> None:
    job = desk.submit()
    desk.fail_with(KeyError("password=hunter2"))
    assert desk.deliver_last() is Verdict.DONE
    assert desk.stored(job).reason == "unexpected KeyError; the log of this job has the details"


def test_a_message_for_a_job_that_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(PermanentError, match="does not exist"):
        desk.deliver(JobMessage(job_id="nope", org_id="acme", attempt=1))


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


def test_the_organisations_cap_counts_active_jobs_only(desk: Desk) -> None:
    jobs = [desk.submit() for _ in range(3)]
    with pytest.raises(CapReached) as caught:
        desk.submit()
    assert (caught.value.active, caught.value.limit) == (3, 3)
    cancel("acme", jobs[0].job_id, engine=desk.engine)
    desk.submit()


def test_planned_work_is_admitted_over_the_cap_and_once(desk: Desk) -> None:
    for _ in range(3):
        desk.submit()
    planned = Submission("acme", JobType.GENERATE_CONTENT, TOPIC, job_id="tick-1")
    assert plan(planned, engine=desk.engine)[1] is True
    assert plan(planned, engine=desk.engine)[1] is False
    assert len(desk.sent) == 4


def test_a_repeated_idempotency_key_returns_the_first_job_even_over_the_cap(desk: Desk) -> None:
    first = desk.submit(idempotency_key="k")
    assert desk.submit(idempotency_key="k").job_id == first.job_id
    for _ in range(2):
        desk.submit()
    assert desk.submit(idempotency_key="k").job_id == first.job_id
    with pytest.raises(IdempotencyKeyReused):
        desk.submit(idempotency_key="k", priority=Priority.HIGH)


def test_a_payload_its_type_does_not_take_is_refused_by_field(desk: Desk) -> None:
    with pytest.raises(PermanentError, match=r"topic: Field required"):
        submit(Submission("acme", JobType.GENERATE_CONTENT, {}), engine=desk.engine)


def test_a_type_this_deployment_does_not_run_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(PermanentError, match="GENERATE_IMAGE is not run by this deployment"):
        submit(Submission("acme", JobType.GENERATE_IMAGE, {}), engine=desk.engine)


def test_a_queued_job_is_cancelled_at_once_and_its_message_ignored(desk: Desk) -> None:
    job = desk.submit()
    assert cancel("acme", job.job_id, engine=desk.engine).status is JobStatus.CANCELLED
    assert desk.deliver_last() is Verdict.DONE
    assert desk.runs == 0


def test_a_processing_job_is_cancelled_at_its_next_heartbeat(desk: Desk) -> None:
    job = desk.submit()

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        cancel("acme", job.job_id, engine=desk.engine)
        context.checkpoint()
        context.beat()
        context.checkpoint()
        raise AssertionError("the second checkpoint stops the work")

    desk.work = work
    assert desk.deliver_last() is Verdict.DONE
    assert desk.stored(job).status is JobStatus.CANCELLED


def test_a_job_cancelled_while_failing_is_not_retried(desk: Desk) -> None:
    job = desk.submit()

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        cancel("acme", job.job_id, engine=desk.engine)
        raise TransientError("and down as well")

    desk.work = work
    desk.deliver_last()
    assert desk.stored(job).status is JobStatus.CANCELLED


@pytest.mark.parametrize("error", [PermanentError("no"), JobCancelled("stop")])
def test_a_failed_or_cancelled_job_can_be_retried_by_hand(desk: Desk, error: FlywheelError) -> None:
    job = desk.submit()
    desk.fail_with(error)
    desk.deliver_last()
    old = desk.sent[-1][1]
    retry("acme", job.job_id, engine=desk.engine)
    desk.work = lambda job, context: {}
    desk.clock.advance(seconds=1)
    assert desk.deliver(old) is Verdict.DONE
    assert desk.stored(job).status is JobStatus.QUEUED
    desk.deliver_last()
    assert desk.stored(job).status is JobStatus.COMPLETED


def test_what_the_state_forbids_is_refused(desk: Desk) -> None:
    job = desk.submit()
    with pytest.raises(StateForbids, match="only a failed or cancelled job"):
        retry("acme", job.job_id, engine=desk.engine)
    desk.deliver_last()
    with pytest.raises(StateForbids, match="already completed"):
        cancel("acme", job.job_id, engine=desk.engine)
    with pytest.raises(NotFound):
        cancel("other", job.job_id, engine=desk.engine)


def hold(desk: Desk, job: Job) -> None:
    """A worker claims the job and dies."""
    held = transitions.claimed(job, now=desk.clock(), owner="dead", timing=desk.engine.timing)
    desk.engine.store.replace(job, held)
