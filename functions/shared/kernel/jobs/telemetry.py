"""What operators can see of a job: one log line and one count for each thing that happens to it.

A line's `action` is `job_` and the happening, or `job_run` for the end of an execution, whose outcome it names.
The count is a metric of the same name, by job type: `job_admitted` counts as `Admitted`.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import JobMessage

STALE_AFTER = timedelta(minutes=30)
"""A job that waited so long after it could have run tells of a queue that is not worked off."""


class Happening(StrEnum):
    """What can happen to a job besides the end of a run."""

    ADMITTED = "admitted"
    CLAIMED = "claimed"
    CANCELLED = "cancelled"
    RECOVERED = "recovered"
    RESTARTED = "restarted"
    DEAD_LETTERED = "dead_lettered"


def tell(happening: Happening, job: Job, *, engine: Engine, **details: Any) -> None:
    """Log and count a happening; `job` as it is now."""
    log.info(f"job {happening.replace('_', '-')}", action=f"job_{happening}", **fields(job), **details)
    engine.tally.count(metric_name(happening), type=job.type)


def tell_claimed(before: Job, after: Job, *, engine: Engine) -> None:
    """A worker has the job; it waited since it could have run."""
    runnable_at = max(before.not_before or before.updated_at, before.updated_at)
    seconds = max(0.0, (after.updated_at - runnable_at).total_seconds())
    engine.tally.time("Waiting", seconds, type=after.type)
    if seconds >= STALE_AFTER.total_seconds():
        engine.tally.count("Stale")
    tell(Happening.CLAIMED, after, engine=engine, waited_s=seconds)


def tell_run(after: Job, *, engine: Engine) -> None:
    """An execution ended; what it came to is the last attempt of the job."""
    last = after.attempts[-1]
    outcome = last.outcome or "unknown"
    seconds = (last.ended_at - last.started_at).total_seconds() if last.ended_at else 0.0
    waits_until = after.not_before.isoformat() if after.not_before and after.status is JobStatus.QUEUED else None
    log.info(
        "job run ended",
        action="job_run",
        **{**fields(after), "attempt": last.number},
        outcome=outcome,
        duration_s=seconds,
        reason=last.reason,
        not_before=waits_until,
    )
    # Alarms count failures; those of quiet jobs are users' sources being down, and told to those users.
    is_quiet = after.quiet and after.status is JobStatus.FAILED
    engine.tally.count("FailedQuietly" if is_quiet else metric_name(outcome), type=after.type)
    if after.status is JobStatus.FAILED and not is_quiet:
        engine.tally.count("FailedForGood")
    engine.tally.time("Duration", seconds, type=after.type)


def tell_dead_lettered(message: JobMessage | None, *, engine: Engine, message_id: str, reason: str) -> None:
    """The last delivery of a message was in vain: SQS's redrive policy moves it to the dead-letter queue now."""
    job = None if message is None else _found(message, engine)
    if job is not None:
        tell(Happening.DEAD_LETTERED, job, engine=engine, message_id=message_id, reason=reason)
        return
    log.info("job dead-lettered", action="job_dead_lettered", message_id=message_id, reason=reason)
    engine.tally.count(metric_name(Happening.DEAD_LETTERED), type="unknown")


def fields(job: Job) -> dict[str, Any]:
    """What every line about a job names."""
    return {"job_id": job.job_id, "org_id": job.org_id, "type": job.type, "attempt": job.attempt}


def metric_name(happening: str) -> str:
    """`dead_lettered` is `DeadLettered`."""
    return "".join(part.capitalize() for part in happening.split("_"))


def _found(message: JobMessage, engine: Engine) -> Job | None:
    try:
        return engine.store.get(message.org_id, message.job_id)
    except FlywheelError as error:
        log.warning("job not read", action="job_unreadable", job_id=message.job_id, reason=error.reason)
        return None
