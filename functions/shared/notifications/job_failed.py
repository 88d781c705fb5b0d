"""The notification of a job's permanent failure."""

from functions.shared.jobs.model import Job
from functions.shared.notifications.model import Notification, NotificationKind
from functions.shared.notifications.notify import Event, notification_of


def about_failure(job: Job) -> Notification:
    """What users are told about a failed job; the same failure always gives the same notification."""
    path = f"/api/jobs/{job.job_id}"
    return notification_of(
        Event(
            org_id=job.org_id,
            event_id=f"job-failed:{job.job_id}:{job.attempt}",
            kind=NotificationKind.JOB_FAILED,
            at=job.finished_at or job.updated_at,
            title=f"A {job.type} job failed",
            reason=job.error or "no reason was recorded",
            advice=f"Mend the cause, then run the job again with POST {path}/retry. GET {path} shows every run.",
            link=path,
            retry_url=f"{path}/retry",
        )
    )
