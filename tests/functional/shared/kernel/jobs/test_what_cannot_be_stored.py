"""Whatever a run comes to can be stored, or fails the job at once and says so. The table is DynamoDB's, by moto."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.errors import PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryDispatcher
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Delivery, Verdict, run
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.model import Notification
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine

NOW = datetime(2026, 11, 22, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("fresh_clients")


@pytest.fixture
def engine(clock: ManualClock) -> Iterator[Engine]:
    with mock_aws():
        make_tables()
        yield replace(memory_engine(clock=clock), store=DynamoJobStore("jobs", aws.dynamodb, clock))


def ran(engine: Engine, work: Callable[[], Mapping[str, Any]]) -> tuple[Verdict, Job]:
    """One run of a job whose work this is."""

    def handler(job: Job, context: JobContext) -> Mapping[str, Any]:
        return work()

    job = submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)
    assert isinstance(engine.dispatcher, MemoryDispatcher)
    message = engine.dispatcher.sent[-1][1]
    verdict = run(message, Delivery("sqs-1"), handlers={JobType.GENERATE_CONTENT: handler}, engine=engine)
    stored = engine.store.get("acme", job.job_id)
    assert stored is not None
    return verdict, stored


def saying(error: Exception) -> Callable[[], Mapping[str, Any]]:
    def work() -> Mapping[str, Any]:
        raise error

    return work


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("context too long \ud83d", "context too long \ufffd"),
        ("\ude00 is no model that we have", "\ufffd is no model that we have"),
        ("x" * 500_000, "x" * 1999 + "…"),
        ("é" * 210_000, "é" * 1999 + "…"),
        ("<td>Bad request</td>" * 30_000, "<td>Bad request</td>"),
    ],
)
def test_a_refusal_in_words_no_table_holds_fails_the_job_at_once(
    engine: Engine, clock: ManualClock, text: str, says: str
) -> None:
    verdict, job = ran(engine, saying(PermanentError(text)))
    assert (verdict, job.status, job.recoveries) == (Verdict.DEAD_LETTER, JobStatus.FAILED, 0)
    assert says in str(job.error)
    (notice,) = DynamoNotificationStore("jobs", aws.dynamodb, clock).newest("acme")[0]
    assert says[:40] in str(notice.reason)


@pytest.mark.parametrize("kind", [TransientError, lambda text: RateLimited(text, retry_at=NOW)])
def test_other_refusals_are_cleaned_and_bounded_as_well(engine: Engine, kind: Callable[[str], Exception]) -> None:
    _, job = ran(engine, saying(kind("busy \ud83d" + "y" * 450_000)))
    assert job.status is JobStatus.QUEUED
    assert str(job.reason).startswith("busy \ufffdyyy")
    assert len(str(job.reason)) == 2000


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"text": "x" * 300_000}, "its result cannot be stored: of 300 KB no more than 200 can be kept"),
        ({"at": NOW}, "its result cannot be stored: Object of type datetime is not JSON serializable"),
        ({"rate": float("nan")}, "its result cannot be stored: Out of range float values are not JSON compliant"),
        ({("a", "b"): 1}, "its result cannot be stored: keys must be str, int, float, bool or None, not tuple"),
    ],
)
def test_a_result_that_cannot_be_stored_is_a_permanent_failure(
    engine: Engine, result: Mapping[str, Any], says: str
) -> None:
    verdict, job = ran(engine, lambda: result)
    assert (verdict, job.status, job.result) == (Verdict.DEAD_LETTER, JobStatus.FAILED, None)
    assert str(job.error).startswith(says)


def test_a_result_with_half_an_emoji_is_kept_without_it(engine: Engine) -> None:
    _, job = ran(engine, lambda: {"text": "tea \ud83d"})
    assert (job.status, job.result) == (JobStatus.COMPLETED, {"text": "tea \ufffd"})


def test_a_refusal_of_the_table_itself_fails_the_job_at_once(engine: Engine) -> None:
    class Full(DynamoJobStore):
        def settle(self, before: Job, after: Job, *, also: Notification | None = None) -> None:
            if after.result is not None:
                raise PermanentError("writing a job failed: ValidationException")
            super().settle(before, after, also=also)

    full = replace(engine, store=Full("jobs", aws.dynamodb, engine.clock))
    verdict, job = ran(full, lambda: {"text": "tea"})
    assert (verdict, job.status) == (Verdict.DEAD_LETTER, JobStatus.FAILED)
    assert job.error == "what it came to cannot be stored: writing a job failed: ValidationException"
