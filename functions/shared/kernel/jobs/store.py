"""The port to where jobs are kept."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import Timing
from functions.shared.kernel.jobs.turns import Turn
from functions.shared.kernel.notifications.model import Notification

DUE_SHARDS = 8

DueCursor = Mapping[str, Any]
"""Where a reading of due jobs goes on; only the store that gave it knows what it means."""

ADMIT_AT_ONCE = 33
"""DynamoDB writes at most 100 items in a transaction: a job, its slot and its key."""


def due_shard(org_id: str) -> int:
    """The shard of the reconciler's index that holds all active jobs of an organisation."""
    return zlib.crc32(org_id.encode()) % DUE_SHARDS


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key with the fingerprint of the body it came with."""

    key: str
    fingerprint: str


def is_first_claim(job: Job, *, at: datetime, timing: Timing) -> bool:
    """Whether `claim_first` takes the job; the reconciler must be due within the lease, so that `due_at` can stay."""
    is_fresh = job.status is JobStatus.QUEUED and job.attempt == 1 and not job.attempts
    may_run = job.not_before is None or job.not_before <= at
    return is_fresh and may_run and job.due_at is not None and job.due_at <= at + timing.lease


class Conflict(Exception):
    """The stored job is not as the writer saw it, so nothing was written."""


class DuplicateJob(Exception):
    """A job with this id is stored already; nothing was written."""


class DuplicateKey(Exception):
    """The idempotency key is stored already; nothing was written."""

    def __init__(self, job_id: str, fingerprint: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id
        self.fingerprint = fingerprint


class SlotTaken(Exception):
    """Another job took the slot first; nothing was written."""


class Refused(Exception):
    """One of several admissions was refused; nothing was written."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A new job with its idempotency key, and what its slot says of the last holder."""

    job: Job
    key: IdempotencyKey | None = None
    slot_left_by: str | None = None


class JobStore(Protocol):
    """The `jobs` table. Reads of single jobs are consistent."""

    def admit(self, job: Job, *, key: IdempotencyKey | None = None, slot_left_by: str | None = None) -> None:
        """Store a new job with its slot (`job.slot`) and key in one transaction.

        The slot is taken only if it is still as `left_by` its last holder. Raises DuplicateJob, DuplicateKey or
        SlotTaken.
        """

    def admit_all(self, admissions: Sequence[Admission]) -> None:
        """`admit` of at most ADMIT_AT_ONCE jobs in one transaction. Raises Refused when any of them is refused."""

    def known_keys(self, org_id: str, given: Sequence[IdempotencyKey]) -> dict[str, DuplicateKey]:
        """Those of at most 100 keys that are stored already, by key, in one read."""

    def used_slots(self, org_id: str) -> dict[int, str]:
        """The organisation's slots that were ever taken, each with its last holder (`slots.holder_of`)."""

    def refuse_duplicate(self, org_id: str, key: IdempotencyKey) -> None:
        """Raise DuplicateKey if the key is stored."""

    def get(self, org_id: str, job_id: str) -> Job | None:
        """One job."""

    def get_many(self, org_id: str, job_ids: Sequence[str]) -> list[Job]:
        """Those of the jobs that exist, in the order given."""

    def get_across(self, wanted: Sequence[tuple[str, str]]) -> list[Job]:
        """Those of these organisations' jobs that exist, by organisation and id, in no particular order."""

    def replace(self, before: Job, after: Job, *, slot_left_by: str | None = None) -> None:
        """Write `after` if status, attempt, lease and cancellation are still as in `before`, else raise Conflict.

        A slot that only `after` has is taken in the same transaction, as in `admit` (SlotTaken). A failure's
        notification is stored in the same transaction, too.
        """

    def settle(self, before: Job, after: Job, *, also: Notification | None = None) -> None:
        """`replace` by the worker that holds the job: its own heartbeats may have moved the lease.

        `also` is stored in the same transaction.
        """

    def wanted(self, org_id: str) -> frozenset[str]:
        """The kinds of events of success that the organisation's webhooks want."""

    def tell(self, notification: Notification) -> bool:
        """Store a notification unless it is there already; whether it is new."""

    def beat(self, job: Job, *, lease_until: datetime, progress: str | None) -> bool:
        """Extend the worker's lease; returns whether the user asked to cancel.

        Conflict: the job is not the worker's any more.
        """

    def request_cancel(self, job: Job) -> None:
        """Ask the worker of a processing job to stop. Conflict: the job is not processing any more."""

    def mark_dispatched(self, job: Job, *, at: datetime, resends: int = 0) -> None:
        """Record that the message of the job's current attempt was sent, and how often again.

        Nothing happens if the job has moved on.
        """

    def mark_unsent(self, job: Job) -> None:
        """Take back that the message of the job's current attempt was sent; nothing happens if the job has moved on."""

    def claim_first(self, org_id: str, job_id: str, *, at: datetime, owner: str, timing: Timing) -> Job | None:
        """Claim a job that never ran, in one write; returns it as it was before.

        None, and nothing is written, unless it is queued in its first attempt, was never run, and may run at `at`.
        """

    def mark_dead_lettered(self, job: Job, token: str) -> None:
        """Record that the message of this token is as good as in the dead-letter queue, as `mark_dispatched` does."""

    def postpone(self, job: Job, *, due_at: datetime) -> None:
        """Let the reconciler look again at `due_at`; nothing happens if the job has moved on."""

    def due(
        self, shard: int, *, until: datetime, limit: int, after: DueCursor | None = None
    ) -> tuple[list[tuple[str, str]], DueCursor | None]:
        """Organisation and job ids that the reconciler must look at by `until`, the longest due first.

        At most `limit`, with where to go on, or None at the end.
        """

    def note_turn(self, lane: str, org_id: str | None, turn: Turn) -> None:
        """Remember the latest turn of the lane, or of an organisation in it."""

    def turns(self, lane: str, org_id: str) -> tuple[Turn | None, Turn | None]:
        """The turn noted last of the organisation in the lane, and of the whole lane."""

    def active(self, org_id: str) -> list[str]:
        """The ids of the organisation's active jobs, as the index has them: a moment late."""

    def count_finished(self, org_id: str, status: JobStatus, *, since: datetime) -> int:
        """How many of the jobs admitted since then ended in this terminal status; read from an index of keys."""

    def newest(
        self,
        org_id: str,
        *,
        status: JobStatus | None = None,
        job_type: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[list[Job], str | None]:
        """The organisation's jobs, newest first, with the job id to continue before, or None at the end."""
