"""Failed jobs whose messages lie in a dead-letter queue, as SQS's redrive policy leaves them."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.dead_letters.queues import Letter
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.messages import JobMessage

FAILED_AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def failed_job(number: int = 1, *, org_id: str = "acme") -> Job:
    """A job that failed for good."""
    return Job(
        org_id=org_id,
        job_id=f"job-{number}",
        type=JobType.GENERATE_CONTENT,
        payload={"topic": "tea"},
        created_at=FAILED_AT,
        updated_at=FAILED_AT,
        finished_at=FAILED_AT,
        status=JobStatus.FAILED,
        reason="the model refused",
        error="the model refused",
    )


def pointer(job: Job) -> str:
    """The body of a job's message."""
    return JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt).model_dump_json()


def letter(number: int = 1, *, body: str | None = None) -> Letter:
    """A dead letter of `failed_job(number)`, or with another body."""
    return Letter(
        message_id=f"message-{number}",
        receipt=f"receipt-{number}",
        body=pointer(failed_job(number)) if body is None else body,
        sent_at=FAILED_AT,
        group_id="acme",
    )


class EngineWithoutMoveTask:
    """An SQS client whose service has no StartMessageMoveTask and says so as the embedded engine does."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def start_message_move_task(self, **_: Any) -> Any:
        error: Any = {"Error": {"Code": "InvalidAction", "Message": "The action is not valid for this endpoint."}}
        raise ClientError(error, "StartMessageMoveTask")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
