"""Lets jobs run at once that were put off for something that is there now."""

from collections.abc import Callable

from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dispatch import dispatch
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.store import Conflict
from functions.shared.kernel.jobs.telemetry import fields
from functions.shared.kernel.log import log

_MOST = 500


def wake(org_id: str, waits: Callable[[Job], bool], *, engine: Engine) -> int:
    """Wake the organisation's queued jobs that `waits` picks, 500 active ones looked at; returns how many.

    Nothing depends on it: what is not woken, because the store is out of reach too, runs when its own time comes.
    """
    count = 0
    try:
        for job_id in engine.store.active(org_id)[:_MOST]:
            job = engine.store.get(org_id, job_id)
            if job is not None and job.status is JobStatus.QUEUED and waits(job):
                count += _woken(job, engine)
    except TransientError as error:
        log.warning("waiting jobs not woken", action="wake_postponed", org_id=org_id, reason=error.reason)
    return count


def _woken(job: Job, engine: Engine) -> bool:
    after = transitions.woken(job, now=engine.clock(), timing=engine.timing)
    try:
        engine.store.replace(job, after)
    except Conflict:
        return False  # it runs already
    log.info("job woken", action="job_woken", **fields(after))
    dispatch(after, engine=engine)
    return True
