"""Commits what a run came to: one conditional write, then the message it asks for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.errors import (
    FlywheelError,
    JobCancelled,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    TransientError,
)
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.announce import completion, wanted
from functions.shared.kernel.jobs.dispatch import dispatch
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus, Letter
from functions.shared.kernel.jobs.store import Conflict
from functions.shared.kernel.jobs.telemetry import tell_run
from functions.shared.kernel.log import log
from functions.shared.kernel.masking import mask_text
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.kernel.texts import bounded

Outcome = Mapping[str, Any] | Exception

_TRIES = 3
_LONGEST_REASON = 2000
_LARGEST_RESULT_BYTES = 200_000
# In all less than what is left of the lease after the last heartbeat.
_PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 8)


def settle(job: Job, outcome: Outcome, *, letter: Letter | None = None, engine: Engine) -> JobStatus:
    """Commit the outcome of the run that holds `job`; returns the job's new status.

    `letter` is the message of this run, which a failure sends to the dead-letter queue.
    Raises Conflict when the job is not this run's any more.
    """
    before = job
    outcome = _keepable(outcome)
    for _ in range(_TRIES):
        after = _after(before, outcome, letter, engine)
        try:
            _commit(before, after, engine)
        except PermanentError as error:
            outcome = PermanentError(f"what it came to cannot be stored: {error.reason}")
            before = replace(before, attempts=before.attempts[-1:])  # its history may be what is too much
            continue
        except Conflict:
            stored = engine.store.get(job.org_id, job.job_id)
            if stored is None or stored.owner != job.owner:
                raise
            if stored.status is JobStatus.PROCESSING:
                before = stored  # a cancellation came in between
                continue
            if _came_to(stored) != _came_to(after):
                raise  # given up for lost meanwhile: another worker has it, or will
            after = stored  # our own write, whose answer was lost
        _log_surprise(outcome)
        tell_run(after, engine=engine)
        if after.status is JobStatus.QUEUED:
            dispatch(after, engine=engine)
        return after.status
    raise Conflict(job.job_id)


def _commit(before: Job, after: Job, engine: Engine) -> None:
    """The work is done and paid for: a store out of reach is asked again before the run is given up for lost."""
    for pause in _PAUSES_SECONDS:
        try:
            engine.store.settle(before, after, also=_event(after, engine))
        except TransientError as error:
            log.warning("outcome not stored yet", action="settle_postponed", job_id=before.job_id, reason=error.reason)
            engine.sleep(pause)
        else:
            return
    engine.store.settle(before, after, also=_event(after, engine))


def _event(job: Job, engine: Engine) -> Notification | None:
    """What is told of a success, where somebody wants it: stored with it, so that no crash parts them."""
    if job.status is not JobStatus.COMPLETED or job.quiet:
        return None
    return wanted(job.org_id, NotificationKind.JOB_COMPLETED, lambda: completion(job), engine=engine)


def _came_to(job: Job) -> tuple[JobStatus, int, str | None]:
    """What tells one end of a run from another."""
    return job.status, job.attempt, job.attempts[-1].outcome if job.attempts else None


def _keepable(outcome: Outcome) -> Outcome:
    """The outcome, or the failure that a result which cannot be stored is."""
    if isinstance(outcome, Exception):
        return outcome
    try:
        size = len(json.dumps(outcome, allow_nan=False, ensure_ascii=False).encode(errors="replace"))
    except (TypeError, ValueError) as error:
        return PermanentError(f"its result cannot be stored: {error}")
    if size > _LARGEST_RESULT_BYTES:
        kept = _LARGEST_RESULT_BYTES // 1000
        return PermanentError(f"its result cannot be stored: of {size // 1000} KB no more than {kept} can be kept")
    return outcome


def _after(job: Job, outcome: Outcome, letter: Letter | None, engine: Engine) -> Job:
    now = engine.clock()
    if isinstance(outcome, Mapping):
        return transitions.completed(job, now=now, result=outcome)
    reason = _reason(outcome)
    if isinstance(outcome, JobCancelled) or job.cancel_requested:
        return transitions.cancelled(job, now=now)
    if isinstance(outcome, PermanentError):
        return transitions.failed(job, now=now, reason=reason, letter=letter)
    if isinstance(outcome, RateLimited):
        return _deferred(job, outcome, letter, engine)
    delay = engine.policy.next_delay(job.failures + 1, engine.random)
    if delay is None:
        return transitions.failed(job, now=now, reason=_exhausted(job, outcome, reason), letter=letter)
    return transitions.retried(job, now=now, reason=reason, not_before=now + delay, timing=engine.timing)


def _deferred(job: Job, outcome: RateLimited, letter: Letter | None, engine: Engine) -> Job:
    now, retry_at = engine.clock(), outcome.retry_at
    refusal = engine.policy.refusal_to_defer(job.deferrals, retry_at - now)
    if refusal is not None:
        reason = f"{_reason(outcome)} (to run again at {rfc3339(retry_at)}: {refusal})"
        return transitions.failed(job, now=now, reason=reason, letter=letter)
    return transitions.deferred(job, now=now, reason=_reason(outcome), not_before=retry_at, timing=engine.timing)


def _reason(outcome: Exception) -> str:
    if isinstance(outcome, FlywheelError):
        return bounded(mask_text(outcome.reason), most=_LONGEST_REASON)
    return f"unexpected {type(outcome).__name__}; the log of this job has the details"


def _exhausted(job: Job, outcome: Exception, reason: str) -> str:
    runs = job.failures + 1
    if isinstance(outcome, OutcomeUnknown):
        return f"{reason} (still unknown after {runs} runs: please check by hand)"
    return f"{reason} (gave up after {runs} runs)"


def _log_surprise(outcome: Outcome) -> None:
    if isinstance(outcome, Exception) and not isinstance(outcome, FlywheelError):
        log.error("handler raised unexpectedly", action="handler_raised", exc_info=outcome)
