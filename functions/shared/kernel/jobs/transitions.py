"""Every change of a job's state, as pure functions from the job before to the job after.

    queued -> processing -> completed | failed | cancelled
    processing -> queued       (retry, deferral, recovery of a lost worker)
    queued -> cancelled | failed
    queued -> queued           (woken: what it was put off for is there)
    failed | cancelled -> queued   (started afresh by a redrive or by hand)

Whatever leaves a job active also says in `due_at` when the reconciler must look at it. `due_at` is left alone
where it is early enough already: it is the key of an index, and each change of it costs two writes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from functions.shared.kernel.jobs.model import MAX_HISTORY, MAX_LETTERS, Attempt, Job, JobStatus, Letter
from functions.shared.kernel.jobs.policy import MAX_CRASH_RECOVERIES, MAX_SQS_DELAY, Timing

# How much of SQS's longest delay the reconciler may spend before it sends the delayed message of a far deferral.
_WAKE_MARGIN = timedelta(minutes=3)


def claimed(job: Job, *, now: datetime, owner: str, timing: Timing) -> Job:
    """A worker takes the job and holds it for one lease."""
    lease_until = now + timing.lease
    return replace(
        job,
        status=JobStatus.PROCESSING,
        updated_at=now,
        lease_until=lease_until,
        owner=owner,
        not_before=None,
        due_at=min(job.due_at or lease_until, lease_until),
        attempts=(*job.attempts, Attempt(number=job.attempt, started_at=now))[-MAX_HISTORY:],
    )


def completed(job: Job, *, now: datetime, result: Mapping[str, Any]) -> Job:
    """The work is done."""
    return _finished(job, JobStatus.COMPLETED, now=now, outcome="completed", reason=None, result=result)


def failed(job: Job, *, now: datetime, reason: str, letter: Letter | None = None) -> Job:
    """The work cannot be done; `reason` is what the user reads, `letter` the message on its way out."""
    after = _finished(job, JobStatus.FAILED, now=now, outcome="failed", reason=reason)
    if letter is None:
        return after
    earlier = [(token, message_id) for token, message_id in job.letters.items() if token != letter.token]
    return replace(after, letters=dict([*earlier, (letter.token, letter.message_id)][-MAX_LETTERS:]))


def cancelled(job: Job, *, now: datetime) -> Job:
    """The user did not want it any more."""
    return _finished(job, JobStatus.CANCELLED, now=now, outcome="cancelled", reason="cancelled by the user")


def retried(job: Job, *, now: datetime, reason: str, not_before: datetime, timing: Timing) -> Job:
    """A transient failure: run again at `not_before`."""
    queued = _requeued(job, now=now, outcome="retried", reason=reason, not_before=not_before, timing=timing)
    return replace(queued, failures=job.failures + 1)


def deferred(job: Job, *, now: datetime, reason: str, not_before: datetime, timing: Timing) -> Job:
    """The other side asked to come back later; this costs no attempt."""
    queued = _requeued(job, now=now, outcome="deferred", reason=reason, not_before=not_before, timing=timing)
    return replace(queued, deferrals=job.deferrals + 1)


def woken(job: Job, *, now: datetime, timing: Timing) -> Job:
    """What a queued job was put off for is there: it may run at once. A message that is on its way finds it run."""
    due_at = now + timing.dispatch_grace
    due_at = min(job.due_at or due_at, due_at)
    return replace(job, updated_at=now, not_before=None, dispatched_at=None, resends=0, due_at=due_at)


def recovered(job: Job, *, now: datetime, timing: Timing) -> Job:
    """The worker is gone: its lease ended without a word. A job that was to be cancelled is.

    A quiet job is not when that happened too often: it fails now before what would tell its users of that can run.
    """
    if job.cancel_requested:
        return cancelled(job, now=now)
    reason = "the worker stopped responding; the job runs again"
    queued = _requeued(job, now=now, outcome="lost", reason=reason, not_before=None, timing=timing)
    recoveries = job.recoveries + 1
    return replace(queued, recoveries=recoveries, quiet=job.quiet and recoveries < MAX_CRASH_RECOVERIES)


def restarted(job: Job, *, now: datetime, slot: int | None, timing: Timing) -> Job:
    """A failed or cancelled job starts afresh: new counters, the same history."""
    return replace(
        job,
        status=JobStatus.QUEUED,
        updated_at=now,
        attempt=job.attempt + 1,
        failures=0,
        recoveries=0,
        deferrals=0,
        cancel_requested=False,
        slot=slot,
        reason=None,
        error=None,
        progress=None,
        finished_at=None,
        not_before=None,
        dispatched_at=None,
        resends=0,
        due_at=now + timing.dispatch_grace,
    )


def _requeued(
    job: Job, *, now: datetime, outcome: str, reason: str, not_before: datetime | None, timing: Timing
) -> Job:
    due_at = now + timing.dispatch_grace
    if not_before is not None and not_before - now > MAX_SQS_DELAY:
        due_at = not_before - MAX_SQS_DELAY + _WAKE_MARGIN
    return replace(
        job,
        status=JobStatus.QUEUED,
        updated_at=now,
        attempt=job.attempt + 1,
        reason=reason,
        not_before=not_before,
        lease_until=None,
        dispatched_at=None,
        resends=0,
        due_at=due_at,
        attempts=_closed(job, now=now, outcome=outcome, reason=reason),
    )


def _finished(
    job: Job,
    status: JobStatus,
    *,
    now: datetime,
    outcome: str,
    reason: str | None,
    result: Mapping[str, Any] | None = None,
) -> Job:
    return replace(
        job,
        status=status,
        updated_at=now,
        finished_at=now,
        lease_until=None,
        not_before=None,
        due_at=None,
        dispatched_at=None,
        slot=None,
        reason=reason,
        error=reason if status is JobStatus.FAILED else None,
        result=result,
        attempts=_closed(job, now=now, outcome=outcome, reason=reason),
    )


def _closed(job: Job, *, now: datetime, outcome: str, reason: str | None) -> tuple[Attempt, ...]:
    if not job.attempts or job.attempts[-1].ended_at is not None:
        return job.attempts
    return (*job.attempts[:-1], replace(job.attempts[-1], ended_at=now, outcome=outcome, reason=reason))
