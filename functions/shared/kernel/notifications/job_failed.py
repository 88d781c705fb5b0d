"""The notification of a job's permanent failure."""

from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.kernel.notifications.notify import Event, notification_of

_SUBJECTS = {
    "source_id": "/api/sources",
    "document_id": "/api/documents",
    "content_id": "/api/content",
    "account_id": "/api/accounts",
}


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
            advice=f"{_subject(job)}Mend the cause, then run the job again with POST {path}/retry. "
            f"GET {path} shows every run.",
            link=path,
            retry_url=f"{path}/retry",
            about=f"{job.type} jobs",
            names=tuple(value for value in job.payload.values() if isinstance(value, str)),
        )
    )


def _subject(job: Job) -> str:
    """What the job was about, because a reason such as "it answered 404" does not name it."""
    subjects = (f"{place}/{job.payload[name]}" for name, place in _SUBJECTS.items() if job.payload.get(name))
    paths = " and ".join(subjects)
    return f"It was about {paths}. " if paths else ""
