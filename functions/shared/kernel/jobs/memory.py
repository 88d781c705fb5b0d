"""The job store and the queues in memory, with the same contract as the real ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import nsmallest

from functions.shared.kernel.clock import Clock, least_id, new_id, utc_now
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import Kinds
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import Timing
from functions.shared.kernel.jobs.slots import holder_of
from functions.shared.kernel.jobs.store import (
    Admission,
    Conflict,
    DueCursor,
    DuplicateJob,
    DuplicateKey,
    IdempotencyKey,
    Refused,
    SlotTaken,
    due_shard,
    is_first_claim,
)
from functions.shared.kernel.jobs.turns import Turn
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.notifications.job_failed import about_failure
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import Notification


@dataclass
class MemoryJobStore:
    """Jobs in a dictionary."""

    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)
    slots: dict[tuple[str, int], str] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    notifications: MemoryNotificationStore = field(default_factory=MemoryNotificationStore)
    noted: dict[tuple[str, str | None], Turn] = field(default_factory=dict)

    def admit(self, job: Job, *, key: IdempotencyKey | None = None, slot_left_by: str | None = None) -> None:
        if (job.org_id, job.job_id) in self.jobs:
            raise DuplicateJob(job.job_id)
        if key is not None:
            self.refuse_duplicate(job.org_id, key)
        self._take_slot(job, slot_left_by)
        self.jobs[job.org_id, job.job_id] = job
        if key is not None:
            self.keys[job.org_id, key.key] = (job.job_id, key.fingerprint)

    def admit_all(self, admissions: Sequence[Admission]) -> None:
        before = (dict(self.jobs), dict(self.slots), dict(self.keys))
        try:
            for admission in admissions:
                self.admit(admission.job, key=admission.key, slot_left_by=admission.slot_left_by)
        except (DuplicateJob, DuplicateKey, SlotTaken) as refused:
            self.jobs, self.slots, self.keys = before
            raise Refused from refused

    def known_keys(self, org_id: str, given: Sequence[IdempotencyKey]) -> dict[str, DuplicateKey]:
        return {key.key: DuplicateKey(*self.keys[org_id, key.key]) for key in given if (org_id, key.key) in self.keys}

    def used_slots(self, org_id: str) -> dict[int, str]:
        return {number: holder for (org, number), holder in self.slots.items() if org == org_id}

    def refuse_duplicate(self, org_id: str, key: IdempotencyKey) -> None:
        if (org_id, key.key) in self.keys:
            raise DuplicateKey(*self.keys[org_id, key.key])

    def get(self, org_id: str, job_id: str) -> Job | None:
        return self.jobs.get((org_id, job_id))

    def get_many(self, org_id: str, job_ids: Sequence[str]) -> list[Job]:
        return [job for job_id in job_ids if (job := self.get(org_id, job_id)) is not None]

    def get_across(self, wanted: Sequence[tuple[str, str]]) -> list[Job]:
        return [self.jobs[key] for key in wanted if key in self.jobs]

    def replace(self, before: Job, after: Job, *, slot_left_by: str | None = None) -> None:
        if self.jobs[before.org_id, before.job_id].lease_until != before.lease_until:
            raise Conflict(before.job_id)
        self._check_unmoved(before)
        if before.slot is None and after.slot is not None:
            self._take_slot(after, slot_left_by)
        self.settle(before, after)

    def wanted(self, org_id: str) -> frozenset[str]:
        return self.notifications.preferences(org_id).wanted

    def tell(self, notification: Notification) -> bool:
        is_new = self.notifications.get(notification.org_id, notification.notification_id) is None
        if is_new:
            self.notifications.put(notification)
        return is_new

    def settle(self, before: Job, after: Job, *, also: Notification | None = None) -> None:
        self._check_unmoved(before)
        if also is not None:
            self.notifications.put(also)
        self.jobs[after.org_id, after.job_id] = after
        if after.status is JobStatus.FAILED and not after.quiet:
            self.notifications.put(about_failure(after))

    def beat(self, job: Job, *, lease_until: datetime, progress: str | None) -> bool:
        stored = self._current(job)
        self._put(replace(stored, lease_until=lease_until, progress=progress or stored.progress))
        return stored.cancel_requested

    def request_cancel(self, job: Job) -> None:
        self._put(replace(self._current(job), cancel_requested=True))

    def mark_dispatched(self, job: Job, *, at: datetime, resends: int = 0) -> None:
        self._adjust(job, lambda stored: replace(stored, dispatched_at=at, resends=resends or stored.resends))

    def mark_unsent(self, job: Job) -> None:
        self._adjust(job, lambda stored: replace(stored, dispatched_at=None))

    def claim_first(self, org_id: str, job_id: str, *, at: datetime, owner: str, timing: Timing) -> Job | None:
        job = self.jobs.get((org_id, job_id))
        if job is None or not is_first_claim(job, at=at, timing=timing):
            return None
        self._put(transitions.claimed(job, now=at, owner=owner, timing=timing))
        return job

    def mark_dead_lettered(self, job: Job, token: str) -> None:
        self._adjust(job, lambda stored: replace(stored, letters={**job.letters, token: ""}))

    def postpone(self, job: Job, *, due_at: datetime) -> None:
        self._adjust(job, lambda stored: replace(stored, due_at=due_at))

    def due(
        self, shard: int, *, until: datetime, limit: int, after: DueCursor | None = None
    ) -> tuple[list[tuple[str, str]], DueCursor | None]:
        found = (
            (job.due_at, job.org_id, job.job_id)
            for job in self.jobs.values()
            if job.due_at is not None and job.due_at <= until and due_shard(job.org_id) == shard
        )
        rest = (entry for entry in found if after is None or entry > after["entry"])
        page = nsmallest(limit, rest)
        due = [(org_id, job_id) for _, org_id, job_id in page]
        return due, {"entry": page[-1]} if len(page) == limit else None

    def note_turn(self, lane: str, org_id: str | None, turn: Turn) -> None:
        self.noted[lane, org_id] = turn

    def turns(self, lane: str, org_id: str) -> tuple[Turn | None, Turn | None]:
        return self.noted.get((lane, org_id)), self.noted.get((lane, None))

    def active(self, org_id: str) -> list[str]:
        found = [
            (job.due_at, job.job_id) for (org, _), job in self.jobs.items() if org == org_id and job.due_at is not None
        ]
        return [job_id for _, job_id in sorted(found)]

    def count_finished(self, org_id: str, status: JobStatus, *, since: datetime) -> int:
        least = least_id(since)
        return sum(
            org == org_id and job.status is status and job_id >= least for (org, job_id), job in self.jobs.items()
        )

    def newest(
        self,
        org_id: str,
        *,
        status: JobStatus | None = None,
        job_type: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[list[Job], str | None]:
        found = sorted(
            (
                job
                for (org, job_id), job in self.jobs.items()
                if org == org_id
                and (before is None or job_id < before)
                and status in (None, job.status)
                and job_type in (None, job.type)
            ),
            key=lambda job: job.job_id,
            reverse=True,
        )
        page = found[:limit]
        return page, page[-1].job_id if len(found) > limit else None

    def _check_unmoved(self, seen: Job) -> None:
        if self._current(seen).cancel_requested != seen.cancel_requested:
            raise Conflict(seen.job_id)

    def _current(self, seen: Job) -> Job:
        stored = self.jobs[seen.org_id, seen.job_id]
        if (stored.status, stored.attempt) != (seen.status, seen.attempt):
            raise Conflict(seen.job_id)
        return stored

    def _adjust(self, seen: Job, change: Callable[[Job], Job]) -> None:
        try:
            self._put(change(self._current(seen)))
        except Conflict:
            return

    def _put(self, job: Job) -> None:
        self.jobs[job.org_id, job.job_id] = job

    def _take_slot(self, job: Job, left_by: str | None) -> None:
        if job.slot is None:
            return
        if self.slots.get((job.org_id, job.slot)) != left_by:
            raise SlotTaken(job.slot)
        self.slots[job.org_id, job.slot] = holder_of(job.job_id, job.attempt)


@dataclass
class MemoryDispatcher:
    """Queues as one list of (lane, message, delay in seconds); `down` makes it refuse."""

    sent: list[tuple[str, JobMessage, int]] = field(default_factory=list)
    down: bool = False

    def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
        if self.down:
            raise TransientError("the queue cannot be reached")
        self.sent.append((lane, message, delay_seconds))

    def send_many(self, lane: str, messages: Sequence[JobMessage]) -> list[JobMessage]:
        if self.down:
            return []
        self.sent.extend((lane, message, 0) for message in messages)
        return list(messages)


def memory_engine(kinds: Kinds, *, clock: Clock = utc_now, active_jobs_per_org: int = 50) -> Engine:
    """An engine without AWS; its `random` always gives 0, so that delays are exact."""
    return Engine(
        store=MemoryJobStore(),
        dispatcher=MemoryDispatcher(),
        clock=clock,
        new_id=new_id,
        random=lambda: 0.0,
        kinds=kinds,
        sleep=lambda seconds: None,
        active_jobs_per_org=active_jobs_per_org,
    )
