"""The job: one record, the only truth about a piece of background work. Decision 0001."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

MAX_HISTORY = 20
MAX_LETTERS = 10


class JobStatus(StrEnum):
    """Where a job is; the last three are terminal."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether the job is over unless somebody retries it."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class Priority(StrEnum):
    """The lane a job queues in."""

    HIGH = "high"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution. `outcome` is completed, retried, deferred, failed, cancelled or lost; None while it runs."""

    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that a job failed by. `message_id` is empty once it is in the dead-letter queue, or surely will be."""

    token: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job as stored. Times are aware UTC datetimes.

    `attempt` numbers the current or next execution; it only grows and fences every later write.
    `failures`, `recoveries` and `deferrals` count what has happened since the job was last started afresh.
    `due_at` is when the reconciler must look at the job; None once it is terminal.
    `owner` is the token of the worker whose claim is the latest.
    `resends` counts how often the message of the current attempt was sent again.
    `letters` are the messages that the job failed by, the latest ones: each one's token with its SQS message id while
    it is on its way to the dead-letter queue, and with nothing once it is there.
    `quiet` jobs fail without a notification and a dead letter: whoever planned them tells users of lasting trouble in
    its own way, and plans the next one anyway. One that killed its workers is not quiet any more.
    """

    org_id: str
    job_id: str
    type: str
    payload: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    priority: Priority = Priority.NORMAL
    status: JobStatus = JobStatus.QUEUED
    attempt: int = 1
    failures: int = 0
    recoveries: int = 0
    deferrals: int = 0
    not_before: datetime | None = None
    due_at: datetime | None = None
    dispatched_at: datetime | None = None
    lease_until: datetime | None = None
    owner: str | None = None
    cancel_requested: bool = False
    slot: int | None = None
    reason: str | None = None
    error: str | None = None
    result: Mapping[str, Any] | None = None
    progress: str | None = None
    finished_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    tags: tuple[str, ...] = ()
    quiet: bool = False
    resends: int = 0
    letters: Mapping[str, str] = field(default_factory=dict)
