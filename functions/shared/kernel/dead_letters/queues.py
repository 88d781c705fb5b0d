"""The port to the dead-letter queues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of a dead-letter queue, held by its receiver until the time it was hidden for is over.

    `sent_at` is when it was first sent to its lane: SQS keeps that through the move into the dead-letter queue.
    """

    message_id: str
    receipt: str
    body: str
    sent_at: datetime
    group_id: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


class DeadLetterQueues(Protocol):
    """One dead-letter queue for each lane. Every call raises TransientError when a queue is out of reach."""

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes, sorted."""

    def count(self, lane: str) -> int:
        """How many messages it holds, about, hidden ones included."""

    def take(self, lane: str, *, limit: int, hide_seconds: int) -> list[Letter]:
        """Up to `limit` (at most 10) messages, hidden from every other receiver for so long."""

    def put_back(self, lane: str, letters: Iterable[Letter]) -> None:
        """Make taken messages visible again, at once; those that somebody else has taken away stay so."""

    def send_back(self, lane: str, letter: Letter) -> None:
        """Send a copy to the lane the message came from: the same body, attributes and message group."""

    def delete(self, lane: str, letter: Letter) -> None:
        """Remove a taken message for good."""

    def start_move(self, lane: str, *, per_second: int) -> bool:
        """Have the queue service itself move everything back to the lane; False where it cannot."""

    def purge(self, lane: str) -> None:
        """Remove everything for good."""
