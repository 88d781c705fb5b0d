"""Calls by their key in memory, with the contract of the real store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.api.once.store import Kept

KEPT_FOR = timedelta(days=1)


@dataclass
class MemoryAnswers:
    """Implements AnswerStore."""

    stored: dict[tuple[str, str], Kept] = field(default_factory=dict)

    def begin(self, org_id: str, name: str, call: Kept, *, now: datetime) -> Kept:
        kept = self.stored.get((org_id, name))
        if kept is None or kept.begun_at + KEPT_FOR <= now:
            self.stored[org_id, name] = call
            return replace(call, mine=True)
        if kept.answer is None and kept.until <= now and kept.fingerprint == call.fingerprint:
            kept = self.stored[org_id, name] = replace(kept, until=call.until)
            return replace(kept, mine=True)
        return kept

    def finish(self, org_id: str, name: str, answer: Mapping[str, object]) -> None:
        self.stored[org_id, name] = replace(self.stored[org_id, name], answer=answer)

    def give_back(self, org_id: str, name: str, *, now: datetime) -> None:
        self.stored[org_id, name] = replace(self.stored[org_id, name], until=now)

    def forget(self, org_id: str, name: str) -> None:
        self.stored.pop((org_id, name), None)
