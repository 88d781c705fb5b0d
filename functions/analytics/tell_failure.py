"""Tells users that an account's metrics cannot be read: once a day, and not with each hourly job that fails."""

from collections.abc import Mapping
from typing import Any

from functions.analytics.services import Services
from functions.analytics.sync_account import sync_account
from functions.shared.kernel.errors import FlywheelError, JobCancelled, PermanentError, RateLimited
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext, LeaseLost
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.notifications.model import NotificationKind
from functions.shared.kernel.notifications.notify import Event, notify


def sync_or_tell(job: Job, context: JobContext, *, services: Services) -> Mapping[str, Any]:
    """Run the job; when a planned one, which is quiet, has failed for good, see to it that its users hear of it."""
    try:
        return sync_account(job, context, services=services)
    except (LeaseLost, JobCancelled):
        raise
    except Exception as error:
        if job.quiet and _is_final(error, job, services.engine) and _has_account(job, services):
            notify(_event(job, error, services), store=services.notifications)
        raise


def _is_final(error: Exception, job: Job, engine: Engine) -> bool:
    """Whether the engine fails the job for this."""
    if isinstance(error, RateLimited):
        return engine.policy.refusal_to_defer(job.deferrals, error.retry_at - engine.clock()) is not None
    return isinstance(error, PermanentError) or engine.policy.next_delay(job.failures + 1, engine.random) is None


def _has_account(job: Job, services: Services) -> bool:
    """Whoever deleted the account while the job was waiting expects nothing more of it."""
    return services.accounts.get(job.org_id, str(job.payload.get("account_id"))) is not None


def _event(job: Job, error: Exception, services: Services) -> Event:
    now, account_id = services.engine.clock(), str(job.payload.get("account_id"))
    return Event(
        org_id=job.org_id,
        event_id=f"metrics-not-read:{account_id}:{now:%Y-%m-%d}",
        kind=NotificationKind.JOB_FAILED,
        at=now,
        title="The metrics of an account could not be read",
        reason=error.reason if isinstance(error, FlywheelError) else f"unexpected {type(error).__name__}",
        advice="It is tried again every hour, and you are told of it once a day at most. "
        f"GET /api/jobs/{job.job_id} shows this run.",
        link=f"/api/jobs/{job.job_id}",
        retry_url=f"/api/jobs/{job.job_id}/retry",
        about="readings of metrics",
    )
