"""What the reconciler does: looks at every job that is due a look, and puts right what a crash left undone.

Decision 0002.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dispatch import dispatch, send
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.store import DUE_SHARDS, Conflict
from functions.shared.kernel.jobs.telemetry import Happening, fields, tell
from functions.shared.kernel.log import log

_TURN = 100


class Found(StrEnum):
    """What the reconciler did about a job."""

    SENT = "sent"
    SENT_AGAIN = "sent_again"
    RECOVERED = "recovered"
    WATCHED = "watched"
    POSTPONED = "postponed"
    MOVED_ON = "moved_on"
    UNREACHABLE = "unreachable"
    LEFT_OVER = "left_over"


@dataclass(frozen=True, slots=True)
class Sweep:
    """How often one run of the reconciler met each case."""

    counts: dict[Found, int]


def reconcile(*, engine: Engine, horizon: timedelta = timedelta(), stop_at: datetime | None = None) -> Sweep:
    """Look at every job due by now, until `stop_at` at the latest.

    The organisations take turns, each with its longest due jobs first, so that one with a huge backlog delays itself.
    `horizon` is how long until the next run: a lease that ends before then gets a message that looks at its end.
    One job that cannot be dealt with delays no other.
    """
    counts: Counter[Found] = Counter()
    for org_id, job_ids in _in_turns(_due(engine, horizon)):
        if stop_at is not None and engine.clock() >= stop_at:
            counts[Found.LEFT_OVER] += len(job_ids)
            continue
        try:
            jobs = engine.store.get_many(org_id, job_ids)
        except FlywheelError as error:
            log.warning("left for the next run", action="reconcile_failed", org_id=org_id, reason=error.reason)
            counts[Found.UNREACHABLE] += len(job_ids)
            continue
        counts.update(_dealt_with(job, horizon, engine) for job in jobs)
    return Sweep(dict(counts))


def _due(engine: Engine, horizon: timedelta) -> dict[str, list[str]]:
    """The ids of due jobs by organisation, the longest due first."""
    by_org: dict[str, list[str]] = {}
    for shard in range(DUE_SHARDS):
        for org_id, job_id in engine.store.due(shard, until=engine.clock() + horizon):
            by_org.setdefault(org_id, []).append(job_id)
    return by_org


def _in_turns(by_org: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Sequence[str]]]:
    most = max(map(len, by_org.values()), default=0)
    for start in range(0, most, _TURN):
        for org_id, job_ids in by_org.items():
            if start < len(job_ids):
                yield org_id, job_ids[start : start + _TURN]


def _dealt_with(job: Job, horizon: timedelta, engine: Engine) -> Found:
    try:
        return _look_at(job, horizon, engine)
    except FlywheelError as error:
        log.warning("left for the next run", action="reconcile_failed", job_id=job.job_id, reason=error.reason)
        return Found.UNREACHABLE


def _look_at(job: Job, horizon: timedelta, engine: Engine) -> Found:
    if job.status.is_terminal:
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
    if after.status is JobStatus.CANCELLED:
        tell(Happening.CANCELLED, after, engine=engine)
        return Found.MOVED_ON
    tell(Happening.RECOVERED, after, engine=engine)
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
    log.warning("message sent again", action="job_sent_again", **fields(job))
    return Found.SENT_AGAIN
