"""How far a lane has got: which messages have had their turn, noted by workers where jobs wait. Decision 0025.

A job that is claimed long after its message was sent shows that its lane has a backlog, and how far that is worked off.
Jobs that wait for less cost nothing here.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log

WAITED_LONG = timedelta(minutes=1)
_NOTE_EVERY = timedelta(seconds=20)
_MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """At `seen_at` a message was taken that could have been taken since `sent_at`."""

    sent_at: datetime
    seen_at: datetime


class Noting(Protocol):
    """The part of the job store that a note asks for."""

    def note_turn(self, lane: str, org_id: str | None, turn: Turn) -> None:
        """Remember the latest turn of the lane, or of an organisation in it."""


@dataclass
class Notes:
    """When this process last noted each lane, and each organisation in it."""

    last: dict[tuple[str, str | None], datetime] = field(default_factory=dict)

    def note(self, job: Job, lane: str, *, now: datetime, store: Noting) -> None:
        """Note the turn of a job taken at `now`, `job` as it was before; nothing may fail by it.

        Of a job whose message was sent again nobody knows which of its messages was taken.
        """
        sent_at = runnable_since(job)
        if job.resends or now - sent_at < WAITED_LONG:
            return
        for org_id in (None, job.org_id):
            if now - self.last.get((lane, org_id), datetime.min.replace(tzinfo=now.tzinfo)) < _NOTE_EVERY:
                continue
            if len(self.last) >= _MOST_REMEMBERED:
                self.last.clear()
            self.last[lane, org_id] = now
            try:
                store.note_turn(lane, org_id, Turn(sent_at, now))
            except FlywheelError as error:
                log.warning("turn not noted", action="turn_not_noted", lane=lane, reason=error.reason)


def runnable_since(job: Job) -> datetime:
    """Since when a queued job's message could be taken."""
    sent_at = job.dispatched_at or job.updated_at
    return max(sent_at, job.not_before or sent_at)
