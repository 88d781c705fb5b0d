"""The job engine over the in-memory store: what a message does to a job."""

from datetime import timedelta

import pytest

from functions.reconciler.recover import reconcile
from functions.shared.kernel.errors import OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.model import JobStatus, Priority
from functions.shared.kernel.jobs.run import Verdict
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.job_desk import Desk


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
