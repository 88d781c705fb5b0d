"""The port to the answers of calls that were made with an `Idempotency-Key`. Decision 0036."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Kept:
    """A call by its key: when it began, until when whoever makes it has it alone, and its answer once there is one.

    It is `mine` where it was just taken.
    """

    fingerprint: str
    begun_at: datetime
    until: datetime
    answer: Mapping[str, object] | None = None
    mine: bool = False


class AnswerStore(Protocol):
    """Calls by organisation and by a name made of caller and key; each is forgotten a day after it began."""

    def begin(self, org_id: str, name: str, call: Kept, *, now: datetime) -> Kept:
        """Take the call when it is new, or has no answer and nobody has it any more; then it is the old one, held anew.

        Otherwise answer what is kept.
        """

    def finish(self, org_id: str, name: str, answer: Mapping[str, object]) -> None:
        """Keep the answer."""

    def give_back(self, org_id: str, name: str, *, now: datetime) -> None:
        """Let a repeat make the call again at once, as the one that it is."""

    def forget(self, org_id: str, name: str) -> None:
        """Forget a call that made nothing: its key is free again."""
