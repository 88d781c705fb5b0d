"""What the reconciler does: looks at every job that is due a look, and puts right what a crash left undone.

Decisions 0002 and 0025.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from functions.reconciler.turns import Turns
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dispatch import dispatch, send
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.store import DUE_SHARDS, Conflict, DueCursor
from functions.shared.kernel.jobs.telemetry import Happening, fields, tell
from functions.shared.kernel.jobs.turns import runnable_since
from functions.shared.kernel.log import log

_FIRST_SHARE = 100
_READ_AT_ONCE = 100
_PAGE = 5000
_MOST_HELD = 10_000
_NEVER = datetime.max.replace(tzinfo=UTC)


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


def reconcile(
    *,
    engine: Engine,
    horizon: timedelta = timedelta(),
    stop_at: datetime | None = None,
    waiting: Mapping[str, int] | None = None,
) -> Sweep:
    """Look at every job due by now, until `stop_at` at the latest, which is looked at before each job.

    The organisations take turns, each with its longest due jobs first, so that one with a huge backlog delays itself.
    `horizon` is how long until the next run: a lease that ends before then gets a message that looks at its end.
    `waiting` are the messages that wait in each lane. One job that cannot be dealt with delays no other.
    """
    sweep = _Sweeper(engine, horizon, stop_at or _NEVER, Turns(engine, waiting or {}))
    share = _FIRST_SHARE
    while (beyond := sweep.round(share)) and not sweep.is_over():
        share *= 2
    if beyond:
        sweep.counts[Found.LEFT_OVER] += beyond
    return Sweep(dict(sweep.counts))


@dataclass
class _Sweeper:
    """One run: rounds in each of which every organisation has a share of its own of the time."""

    engine: Engine
    horizon: timedelta
    stop_at: datetime
    turns: Turns
    counts: Counter[Found] = field(default_factory=Counter)
    met: set[tuple[str, str]] = field(default_factory=set)

    def round(self, share: int) -> int:
        """Deal with up to `share` due jobs of each organisation; how many more were seen."""
        due, beyond = self._due(share)
        for org_id, job_ids in due.items():
            self._deal_with(org_id, job_ids)
        return beyond

    def _due(self, share: int) -> tuple[dict[str, list[str]], int]:
        """The longest due jobs of each organisation that were not met yet, and how many others there are.

        Reading takes half of the time that is left at most, and holds a bounded number of jobs.
        """
        by_org: dict[str, list[str]] = {}
        beyond = held = 0
        for org_id, job_id in self._keys():
            if (org_id, job_id) in self.met:
                continue
            if held == _MOST_HELD:
                return by_org, beyond + 1
            chosen = by_org.setdefault(org_id, [])
            if len(chosen) == share:
                beyond += 1
                continue
            chosen.append(job_id)
            held += 1
        return by_org, beyond

    def _keys(self) -> Iterator[tuple[str, str]]:
        """Organisations and ids of due jobs, page by page, from each shard in turn."""
        now = self.engine.clock()
        reads_until = now + (self.stop_at - now) / 2
        cursors: dict[int, DueCursor | None] = dict.fromkeys(range(DUE_SHARDS))
        while cursors:
            for shard in list(cursors):
                if self.engine.clock() >= reads_until:
                    return
                page, after = self.engine.store.due(
                    shard, until=now + self.horizon, limit=_PAGE, after=cursors.pop(shard)
                )
                yield from page
                if after is not None:
                    cursors[shard] = after

    def _deal_with(self, org_id: str, job_ids: Sequence[str]) -> None:
        for start in range(0, len(job_ids), _READ_AT_ONCE):
            some = job_ids[start : start + _READ_AT_ONCE]
            if self.is_over():
                self.counts[Found.LEFT_OVER] += len(some)
                continue
            self.met.update((org_id, job_id) for job_id in some)
            try:
                jobs = self.engine.store.get_many(org_id, some)
            except FlywheelError as error:
                log.warning("left for the next run", action="reconcile_failed", org_id=org_id, reason=error.reason)
                self.counts[Found.UNREACHABLE] += len(some)
                continue
            self.turns.see(jobs, now=self.engine.clock())
            for job in jobs:
                self.counts[Found.LEFT_OVER if self.is_over() else self._dealt_with(job)] += 1

    def _dealt_with(self, job: Job) -> Found:
        try:
            return _look_at(job, self)
        except FlywheelError as error:
            log.warning("left for the next run", action="reconcile_failed", job_id=job.job_id, reason=error.reason)
        except Exception:  # noqa: BLE001 - whatever is wrong with one job, such as a type of a later version
            log.exception("a job cannot be looked after", action="reconcile_raised", job_id=job.job_id)
        return Found.UNREACHABLE

    def is_over(self) -> bool:
        """Whether the time is used up."""
        return self.engine.clock() >= self.stop_at


def _look_at(job: Job, sweep: _Sweeper) -> Found:
    if job.status.is_terminal:
        return Found.MOVED_ON
    if job.status is JobStatus.PROCESSING:
        return _processing(job, sweep.horizon, sweep.engine)
    return _queued(job, sweep)


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


def _queued(job: Job, sweep: _Sweeper) -> Found:
    engine, now = sweep.engine, sweep.engine.clock()
    if job.dispatched_at is None:
        if job.due_at is not None and job.due_at > now:
            return Found.POSTPONED
        dispatch(job, engine=engine)
        return Found.SENT
    again_at = runnable_since(job) + engine.timing.resend_after(job.resends)
    look_at = again_at if again_at > now else sweep.turns.look_again_at(job, now=now)
    if look_at is None:
        dispatch(job, engine=engine)
        log.warning("message sent again", action="job_sent_again", **fields(job))
        return Found.SENT_AGAIN
    if look_at > now + sweep.horizon:
        engine.store.postpone(job, due_at=look_at)
    return Found.POSTPONED
