"""What the reconciler does: looks at every job that is due a look, and puts right what a crash left undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.shared.errors import FlywheelError
from functions.shared.jobs import transitions
from functions.shared.jobs.dispatch import dispatch, send
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.model import Job, JobStatus
from functions.shared.jobs.store import DUE_SHARDS, Conflict
from functions.shared.log import log

SHARD_LIMIT = 200


class Found(StrEnum):
    """What the reconciler did about a job."""

    SENT = "sent"
    SENT_AGAIN = "sent_again"
    RECOVERED = "recovered"
    WATCHED = "watched"
    POSTPONED = "postponed"
    MOVED_ON = "moved_on"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Sweep:
    """How often one run of the reconciler met each case."""

    counts: dict[Found, int]


def reconcile(*, engine: Engine, horizon: timedelta = timedelta()) -> Sweep:
    """Look at every job due by now, the longest due of each shard first.

    `horizon` is how long until the next run: a lease that ends before then gets a message that looks at its end.
    One job that cannot be dealt with delays no other.
    """
    counts: dict[Found, int] = {}
    for shard in range(DUE_SHARDS):
        for org_id, job_id in engine.store.due(shard, until=engine.clock() + horizon, limit=SHARD_LIMIT):
            try:
                found = _look_at(engine.store.get(org_id, job_id), horizon, engine)
            except FlywheelError as error:
                log.warning("left for the next run", action="reconcile_failed", job_id=job_id, reason=error.reason)
                found = Found.UNREACHABLE
            counts[found] = counts.get(found, 0) + 1
    return Sweep(counts)


def _look_at(job: Job | None, horizon: timedelta, engine: Engine) -> Found:
    if job is None or job.status.is_terminal:
        return Found.MOVED_ON
    if job.status is JobStatus.PROCESSING:
        return _processing(job, horizon, engine)
    return _queued(job, engine)


def _processing(job: Job, horizon: timedelta, engine: Engine) -> Found:
    now = engine.clock()
    lease_until = job.lease_until or now
    if lease_until <= now:
        return _recover(job, now, engine)
    if lease_until <= now + horizon and _missed_a_beat(lease_until, now, engine):
        send(job, lease_until - now, engine=engine)
        return Found.WATCHED
    engine.store.postpone(job, due_at=lease_until)
    return Found.POSTPONED


def _missed_a_beat(lease_until: datetime, now: datetime, engine: Engine) -> bool:
    """A living worker renews its lease at every heartbeat, so that more than this is always left of it."""
    return lease_until - now < engine.timing.lease - engine.timing.heartbeat


def _recover(job: Job, now: datetime, engine: Engine) -> Found:
    after = transitions.recovered(job, now=now, timing=engine.timing)
    try:
        engine.store.replace(job, after)
    except Conflict:
        return Found.MOVED_ON
    log.warning("stalled job queued again", action="job_recovered", job_id=job.job_id, attempt=after.attempt)
    dispatch(after, engine=engine)
    return Found.RECOVERED


def _queued(job: Job, engine: Engine) -> Found:
    now = engine.clock()
    if job.dispatched_at is None:
        if job.due_at is not None and job.due_at > now:
            return Found.POSTPONED
        dispatch(job, engine=engine)
        return Found.SENT
    again_at = max(job.dispatched_at, job.not_before or job.dispatched_at) + engine.timing.redispatch_after
    if again_at > now:
        engine.store.postpone(job, due_at=again_at)
        return Found.POSTPONED
    dispatch(job, engine=engine)
    log.warning("message sent again", action="job_sent_again", job_id=job.job_id, attempt=job.attempt)
    return Found.SENT_AGAIN
