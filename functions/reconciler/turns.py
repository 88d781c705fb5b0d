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
        """Jobs that run show which messages were taken."""
        for job in jobs:
            if job.status is JobStatus.PROCESSING and job.dispatched_at is not None:
                lane = lane_of(job, self.engine.kinds)
                for org_id in (None, job.org_id):
                    seen = _later(self._seen.get((lane, org_id)), Turn(job.dispatched_at, now))
                    if seen is not None:
                        self._seen[lane, org_id] = seen

    def look_again_at(self, job: Job, *, now: datetime) -> datetime | None:
        """When to look again at a queued job whose message still waits; None when it was taken and never claimed."""
        lane, since = lane_of(job, self.engine.kinds), runnable_since(job)
        if not self.waiting.get(lane):
            return None
        own, whole = self._of(lane, job.org_id)
        if own is not None and own.sent_at > since + _LOOSE:
            return None
        # Fair queues let an organisation wait that has much to do, while others are served: unless it is served, too.
        own_is_silent = own is None or own.seen_at < now - _SILENCE
        if own_is_silent and whole is not None and whole.sent_at > since + _LOOSE:
            return None
        if whole is None or whole.seen_at < now - _SILENCE:
            return None if now - since >= _SILENCE else now + _SOONEST
        its_turn = since + (whole.seen_at - whole.sent_at) + _LOOSE
        # By half as much again as it has waited: a long backlog costs a few looks a job, and no job waits much longer.
        return min(max(its_turn, now + (now - since) / 2, now + _SOONEST), now + _LATEST)

    def _of(self, lane: str, org_id: str) -> tuple[Turn | None, Turn | None]:
        """The latest turns known of the organisation in the lane and of the lane, read once."""
        if (lane, org_id) not in self._noted:
            self._noted[lane, org_id] = self.engine.store.turns(lane, org_id)
        own, whole = self._noted[lane, org_id]
        return _later(own, self._seen.get((lane, org_id))), _later(whole, self._seen.get((lane, None)))


def _later(one: Turn | None, other: Turn | None) -> Turn | None:
    turns = [turn for turn in (one, other) if turn is not None]
    return max(turns, key=lambda turn: turn.sent_at, default=None)
