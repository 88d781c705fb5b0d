"""Events of success: made only where an address of the organisation wants them. Decision 0027."""

from collections.abc import Callable

from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.kernel.notifications.notify import Event, notification_of


def wanted(org_id: str, kind: NotificationKind, make: Callable[[], Event], *, engine: Engine) -> Notification | None:
    """The notification of what is about to be stored, to be stored with it; None when nobody wants it."""
    if not engine.wants.has(org_id, kind, read=engine.store.wanted, now=engine.clock()):
        return None
    return notification_of(make())


def announce(org_id: str, kind: NotificationKind, make: Callable[[], Event], *, engine: Engine) -> None:
    """Tell of what has happened outside of any table; the run that repeats it tells the same event, which is one."""
    notification = wanted(org_id, kind, make, engine=engine)
    if notification is not None and engine.store.tell(notification):
        log.info("users are told", action="notification_added", org_id=org_id, kind=kind)


def completion(job: Job) -> Event:
    """The event that a job has completed."""
    path = f"/api/jobs/{job.job_id}"
    return Event(
        org_id=job.org_id,
        event_id=f"job-completed:{job.job_id}:{job.attempt}",
        kind=NotificationKind.JOB_COMPLETED,
        at=job.finished_at or job.updated_at,
        title=f"A {job.type} job completed",
        reason="its work is done",
        advice=f"GET {path} shows its result.",
        link=path,
        details={"job_id": job.job_id, "type": job.type},
    )
