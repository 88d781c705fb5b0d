"""Tells a message that was taken by a worker which died before its claim from one that merely waits. Decision 0025.

SQS hides the first for the queue's whole visibility timeout, half an hour in the longest lane. Where nothing waits in
a lane, every message of it was taken. Where something does, a message's turn has come once later ones were taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import lane_of
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.turns import Turn, runnable_since

# How loosely a standard queue keeps the order of its messages.
_LOOSE = timedelta(minutes=1)
# Longer than any run takes: a lane of which nothing was heard for so long tells nothing.
_SILENCE = timedelta(minutes=7)
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(minutes=15)


@dataclass
class Turns:
    """How far each lane has got, as one run of the reconciler sees it.

    `waiting` are the messages that nobody has taken yet, by lane; a lane that is not named has none.
    """

    engine: Engine
    waiting: Mapping[str, int]
    _noted: dict[tuple[str, str], tuple[Turn | None, Turn | None]] = field(default_factory=dict)
    _seen: dict[tuple[str, str | None], Turn] = field(default_factory=dict)

    def see(self, jobs: Iterable[Job], *, now: datetime) -> None:
        """Jobs that run show which messages were taken: the only one that each of them had."""
        for job in jobs:
            is_known = job.type in self.engine.kinds and job.dispatched_at is not None and not job.resends
            if job.status is JobStatus.PROCESSING and is_known:
                lane = lane_of(job, self.engine.kinds)
                for org_id in (None, job.org_id):
                    self._seen[lane, org_id] = _later(self._seen.get((lane, org_id)), _taken(job, now))

    def look_again_at(self, job: Job, *, now: datetime) -> datetime | None:
        """When to look again at a queued job whose message still waits; None when it was taken and never claimed."""
        lane, since = lane_of(job, self.engine.kinds), runnable_since(job)
        if not self.waiting.get(lane):
            return None
        own, whole = self._of(lane, job.org_id, now)
        # Fair queues let an organisation wait that has much to do, while others are served: its own turns count first.
        served = own or whole
        if served is None:
            return None if now - since >= _SILENCE else now + _SOONEST
        if served.sent_at > since + _LOOSE:
            return None
        its_turn = since + (served.seen_at - served.sent_at) + _LOOSE
        # By half as much again as it has waited: a long backlog costs a few looks a job, and no job waits much longer.
        return min(max(its_turn, now + (now - since) / 2, now + _SOONEST), now + _LATEST)

    def _of(self, lane: str, org_id: str, now: datetime) -> tuple[Turn | None, Turn | None]:
        """The latest turns of the organisation in the lane and of the lane, read once; None when nothing is new."""
        if (lane, org_id) not in self._noted:
            self._noted[lane, org_id] = self.engine.store.turns(lane, org_id)
        found = zip(self._noted[lane, org_id], (org_id, None), strict=True)
        own, whole = (self._latest(noted, self._seen.get((lane, owner)), now) for noted, owner in found)
        return own, whole

    def _latest(self, noted: Turn | None, seen: Turn | None, now: datetime) -> Turn | None:
        if noted is None or noted.seen_at < now - _SILENCE:
            return seen
        return _later(seen, noted)


def _taken(job: Job, now: datetime) -> Turn:
    return Turn(job.dispatched_at or now, now)


def _later(one: Turn | None, other: Turn) -> Turn:
    return other if one is None else Turn(max(one.sent_at, other.sent_at), max(one.seen_at, other.seen_at))
