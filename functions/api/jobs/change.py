"""What a user may do to a job: cancel it, or have a finished one run again."""

from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dispatch import dispatch
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.refusals import NotFound, StateForbids
from functions.shared.kernel.jobs.slots import free_slot
from functions.shared.kernel.jobs.store import Conflict, SlotTaken
from functions.shared.kernel.jobs.telemetry import Happening, fields, tell
from functions.shared.kernel.log import log

_TRIES = 5


def cancel(org_id: str, job_id: str, *, engine: Engine) -> Job:
    """Cancel at once while queued; ask the worker to stop while processing (it does at its next heartbeat).

    Raises NotFound, StateForbids when the job is over.
    """
    for _ in range(_TRIES):
        job = _existing(org_id, job_id, engine)
        if job.status.is_terminal:
            raise StateForbids(
                f"job {job_id} is already {job.status}; only a queued or processing job can be cancelled"
            )
        try:
            if job.status is JobStatus.PROCESSING:
                engine.store.request_cancel(job)
                log.info("cancellation asked for", action="job_cancel_requested", **fields(job))
                return _existing(org_id, job_id, engine)
            after = transitions.cancelled(job, now=engine.clock())
            engine.store.replace(job, after)
            tell(Happening.CANCELLED, after, engine=engine)
            return after
        except Conflict:
            continue
    raise TransientError(f"job {job_id} keeps changing; try again")


def retry(org_id: str, job_id: str, *, engine: Engine) -> Job:
    """Start a failed or cancelled job afresh, with its history kept.

    Raises NotFound, StateForbids, CapReached.
    """
    for _ in range(_TRIES):
        job = _existing(org_id, job_id, engine)
        if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
            raise StateForbids(f"job {job_id} is {job.status}; only a failed or cancelled job can be retried")
        slot = free_slot(org_id, engine=engine)
        after = transitions.restarted(job, now=engine.clock(), slot=slot.number, timing=engine.timing)
        try:
            engine.store.replace(job, after, slot_left_by=slot.left_by)
        except (Conflict, SlotTaken):
            continue
        tell(Happening.RESTARTED, after, engine=engine)
        dispatch(after, engine=engine)
        return after
    raise TransientError(f"job {job_id} keeps changing; try again")


def _existing(org_id: str, job_id: str, engine: Engine) -> Job:
    job = engine.store.get(org_id, job_id)
    if job is None:
        raise NotFound(job_id)
    return job
