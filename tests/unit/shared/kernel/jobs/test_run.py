"""The job engine over the in-memory store: what a message does to a job."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.api.jobs.change import retry
from functions.reconciler.recover import reconcile
from functions.shared.kernel.errors import OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dispatch import dispatch
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus, Priority
from functions.shared.kernel.jobs.run import Verdict
from functions.shared.kernel.jobs.store import Conflict
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.notifications.model import Notification
from tests.support.clock import ManualClock
from tests.support.job_runner import Runner


@pytest.fixture
def runner(clock: ManualClock) -> Runner:
    return Runner(clock)


def test_a_submitted_job_is_queued_and_its_message_sent_to_its_lane(runner: Runner) -> None:
    job = runner.submit(priority=Priority.HIGH)
    assert runner.stored(job).status is JobStatus.QUEUED
    ((lane, message, delay),) = runner.sent
    expected = JobMessage(job_id=job.job_id, org_id="acme", attempt=1, token=message.token)
    assert (lane, message, delay) == ("content-high", expected, 0)
    assert message.token is not None


def test_a_delivered_job_completes_with_its_result(runner: Runner) -> None:
    job = runner.submit()
    assert runner.deliver_last() is Verdict.DONE
    done = runner.stored(job)
    assert (done.status, done.result, done.due_at, done.slot) == (JobStatus.COMPLETED, {"done": True}, None, None)
    assert [(attempt.number, attempt.outcome) for attempt in done.attempts] == [(1, "completed")]


def test_a_message_delivered_ten_times_runs_the_job_once(runner: Runner) -> None:
    runner.submit()
    assert [runner.deliver_last() for _ in range(10)] == [Verdict.DONE] * 10
    assert runner.runs == 1


def test_a_job_that_keeps_failing_runs_four_times_at_the_set_delays_then_fails(runner: Runner) -> None:
    job = runner.submit()
    runner.fail_with(TransientError("the model is overloaded"))
    verdicts = []
    for delay in (60, 300, 900):
        verdicts.append(runner.deliver_last())
        assert runner.sent[-1][2] == delay
        runner.clock.advance(seconds=delay)
    verdicts.append(runner.deliver_last())
    over = runner.stored(job)
    assert verdicts == [Verdict.DONE] * 3 + [Verdict.DEAD_LETTER]
    assert runner.runs == 4
    assert (over.status, over.error) == (JobStatus.FAILED, "the model is overloaded (gave up after 4 runs)")
    assert [attempt.outcome for attempt in over.attempts] == ["retried", "retried", "retried", "failed"]


def test_a_waiting_retry_shows_its_reason_and_time(runner: Runner) -> None:
    job = runner.submit()
    runner.fail_with(TransientError("the model is overloaded"))
    runner.deliver_last()
    waiting = runner.stored(job)
    assert (waiting.status, waiting.reason) == (JobStatus.QUEUED, "the model is overloaded")
    assert waiting.not_before == runner.clock() + timedelta(seconds=60)


def test_a_retrys_message_that_comes_early_is_sent_again_for_the_rest_of_the_wait(runner: Runner) -> None:
    runner.submit()
    runner.fail_with(TransientError("no"))
    runner.deliver_last()
    runner.clock.advance(seconds=20)
    assert runner.deliver_last() is Verdict.DONE
    assert runner.runs == 1
    assert runner.sent[-1][2] == 40


def test_a_permanent_failure_ends_the_job_at_once_and_dead_letters_its_message(runner: Runner) -> None:
    job = runner.submit()
    runner.fail_with(PermanentError("topic: is forbidden"))
    assert runner.deliver_last() is Verdict.DEAD_LETTER
    assert (runner.stored(job).status, runner.stored(job).error) == (JobStatus.FAILED, "topic: is forbidden")


def test_the_failed_message_stays_dead_until_its_receive_count_is_used_up(runner: Runner) -> None:
    runner.submit()
    runner.fail_with(PermanentError("no"))
    runner.deliver_last()
    # The second delivery may be a late one of the first: SQS delivers at least once.
    assert [runner.deliver_last(receive_count=count) for count in (1, 2, 3, 4, 5)] == [Verdict.DEAD_LETTER] * 5
    assert runner.runs == 1


def test_another_message_of_a_failed_job_is_dropped(runner: Runner) -> None:
    job = runner.submit()
    dispatch(job, engine=runner.engine)
    runner.fail_with(PermanentError("no"))
    (_, first, _), (_, second, _) = runner.sent
    assert runner.deliver(second) is Verdict.DEAD_LETTER
    assert [runner.deliver(first, receive_count=count) for count in (1, 2)] == [Verdict.DONE] * 2
    assert (runner.runs, runner.stored(job).status) == (1, JobStatus.FAILED)


def test_a_redriven_message_is_one_with_the_token_of_a_dead_letter(runner: Runner) -> None:
    """AWS and our own mover give it another id; one that keeps its id was seen on its last delivery before."""
    for deed in ({"message_id": "another"}, {"receive_count": 1}):
        job = runner.submit()
        runner.fail_with(PermanentError("no"))
        runner.deliver_last()
        runner.deliver_last(receive_count=5, is_last=True)
        runner.work = lambda job, context: {}
        assert runner.deliver_last(**deed) is Verdict.DONE
        assert (runner.stored(job).status, runner.stored(job).attempt) == (JobStatus.COMPLETED, 2)


def test_every_dead_letter_of_a_job_starts_it_afresh_when_redriven(runner: Runner) -> None:
    job = runner.submit()
    runner.fail_with(PermanentError("no"))
    runner.deliver_last()
    retry("acme", job.job_id, engine=runner.engine)
    runner.deliver_last()
    (_, first, _), (_, second, _) = runner.sent
    assert runner.deliver(first, message_id="redriven-1") is Verdict.DEAD_LETTER
    assert runner.deliver(second, message_id="redriven-2") is Verdict.DEAD_LETTER
    assert (runner.runs, runner.stored(job).attempt) == (4, 4)


def test_a_message_of_an_older_version_is_redriven_and_dead_lettered_as_before(runner: Runner) -> None:
    job = runner.submit()
    old = runner.sent[-1][1].model_copy(update={"token": None})
    runner.fail_with(PermanentError("no"))
    assert runner.deliver(old, message_id="sqs-1") is Verdict.DEAD_LETTER
    assert runner.deliver(old, message_id="sqs-1", receive_count=2) is Verdict.DEAD_LETTER
    assert runner.deliver(old, message_id="sqs-2") is Verdict.DEAD_LETTER
    assert (runner.runs, runner.stored(job).attempt) == (2, 2)


def test_two_messages_of_an_older_version_run_a_job_that_fails_once_each(runner: Runner) -> None:
    runner.submit()
    old = runner.sent[-1][1].model_copy(update={"token": None})
    runner.fail_with(PermanentError("no"))
    for count in (1, 2, 3, 4, 5):
        for message_id in ("sqs-1", "sqs-2"):
            assert runner.deliver(old, message_id=message_id, receive_count=count) is Verdict.DEAD_LETTER
    assert runner.runs == 2


def test_a_job_that_an_older_version_failed_is_started_by_its_redriven_message(runner: Runner) -> None:
    job = runner.submit()
    old = runner.sent[-1][1].model_copy(update={"token": None})
    runner.fail_with(PermanentError("no"))
    runner.deliver_last()
    failed = replace(runner.stored(job), letters={})  # as that version stored it
    assert isinstance(runner.engine.store, MemoryJobStore)
    runner.engine.store.jobs["acme", job.job_id] = failed
    assert runner.deliver(old, receive_count=2) is Verdict.DEAD_LETTER
    runner.work = lambda job, context: {}
    assert runner.deliver(old) is Verdict.DONE
    assert runner.stored(job).status is JobStatus.COMPLETED


def test_a_redriven_message_starts_the_job_afresh_and_keeps_its_history(runner: Runner) -> None:
    job = runner.submit()
    runner.fail_with(TransientError("down"))
    for delay in (60, 300, 900, 1):
        runner.deliver_last()
        runner.clock.advance(seconds=delay)
    failed_message = runner.sent[-1][1]
    runner.work = lambda job, context: {"done": "at last"}
    assert runner.deliver(failed_message, message_id="redriven") is Verdict.DONE
    done = runner.stored(job)
    assert (done.status, done.failures, done.error) == (JobStatus.COMPLETED, 0, None)
    assert len(done.attempts) == 5
    assert runner.deliver(failed_message, message_id="redriven") is Verdict.DONE
    assert runner.runs == 5


def test_a_rate_limit_parks_the_job_until_its_reset_and_costs_no_attempt(runner: Runner) -> None:
    job = runner.submit()
    reset = runner.clock() + timedelta(seconds=500)
    runner.fail_with(RateLimited("X allows no more posts", retry_at=reset))
    runner.deliver_last()
    parked = runner.stored(job)
    assert (parked.status, parked.not_before, parked.failures, parked.deferrals) == (JobStatus.QUEUED, reset, 0, 1)
    assert runner.sent[-1][2] == 500


def test_a_rate_limit_hours_away_is_woken_by_the_reconciler_to_the_second(runner: Runner) -> None:
    job = runner.submit()
    reset = runner.clock() + timedelta(hours=5)
    runner.fail_with(RateLimited("daily limit", retry_at=reset))
    runner.deliver_last()
    assert len(runner.sent) == 1
    while len(runner.sent) == 1:
        runner.clock.advance(minutes=1)
        reconcile(engine=runner.engine, horizon=timedelta(minutes=1))
        assert runner.clock() < reset
    assert runner.clock() + timedelta(seconds=runner.sent[-1][2]) == reset
    runner.clock.now = reset
    runner.work = lambda job, context: {}
    runner.deliver_last()
    assert runner.stored(job).status is JobStatus.COMPLETED


def test_an_unknown_outcome_runs_again_and_in_the_end_asks_for_a_human(runner: Runner) -> None:
    job = runner.submit()
    runner.fail_with(OutcomeUnknown("X did not answer"))
    for delay in (60, 300, 900, 0):
        runner.deliver_last()
        runner.clock.advance(seconds=delay)
    assert runner.stored(job).error == "X did not answer (still unknown after 4 runs: please check by hand)"


def test_an_unexpected_exception_is_retried_and_its_text_kept_from_the_user(runner: Runner) -> None:
    job = runner.submit()
    runner.fail_with(KeyError("password=hunter2"))
    assert runner.deliver_last() is Verdict.DONE
    assert runner.stored(job).reason == "unexpected KeyError; the log of this job has the details"


def test_a_message_for_a_job_that_does_not_exist_is_refused(runner: Runner) -> None:
    with pytest.raises(PermanentError, match="does not exist"):
        runner.deliver(JobMessage(job_id="nope", org_id="acme", attempt=1))


def test_a_job_given_up_for_lost_while_its_outcome_was_being_stored_is_not_sent_again_by_its_old_run(
    runner: Runner,
) -> None:
    class Late(MemoryJobStore):
        def settle(self, before: Job, after: Job, *, also: Notification | None = None) -> None:
            self.jobs[after.org_id, after.job_id] = transitions.recovered(
                before, now=runner.clock(), timing=runner.engine.timing
            )
            raise Conflict(before.job_id)

    runner.engine = replace(runner.engine, store=Late())
    job = runner.submit()
    runner.fail_with(TransientError("down"))
    assert runner.deliver_last() is Verdict.DONE
    assert len(runner.sent) == 1
    assert (runner.stored(job).attempt, runner.stored(job).recoveries) == (2, 1)


def test_a_first_claim_whose_answer_was_lost_still_runs_the_job_once(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = runner.submit()
    take = MemoryJobStore.claim_first

    def lost(*args: object, **kwargs: object) -> None:
        take(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryJobStore, "claim_first", lost)
    assert runner.deliver_last() is Verdict.DONE
    assert (runner.stored(job).status, runner.runs) == (JobStatus.COMPLETED, 1)
    assert len(runner.stored(job).attempts) == 1


def test_an_ordinary_job_is_claimed_without_being_read(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    job = runner.submit()
    with monkeypatch.context() as within:
        within.delattr(MemoryJobStore, "get")
        runner.deliver_last()
    assert runner.stored(job).status is JobStatus.COMPLETED
