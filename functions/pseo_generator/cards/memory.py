"""Cards in memory, with the contract of the real store."""

from dataclasses import dataclass, field

from functions.pseo_generator.cards.model import Card


@dataclass
class MemoryCards:
    """Cards in a dictionary."""

    stored: dict[tuple[str, str], Card] = field(default_factory=dict)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)

    def put(self, card: Card) -> None:
        self.stored[card.org_id, card.content_id] = card

    def newest(self, org_id: str, *, limit: int) -> list[Card]:
        return self._of(org_id)[:limit]

    def of_month(self, org_id: str, month: str) -> list[Card]:
        return [card for card in self._of(org_id) if card.month == month]

    def months(self, org_id: str) -> list[str]:
        return sorted({card.month for card in self._of(org_id)}, reverse=True)

    def noted(self, org_id: str, what: str) -> str | None:
        return self.notes.get((org_id, what))

    def note(self, org_id: str, what: str, value: str) -> None:
        self.notes[org_id, what] = value

    def _of(self, org_id: str) -> list[Card]:
        found = [card for card in self.stored.values() if card.org_id == org_id]
        return sorted(found, key=lambda card: (card.month, card.content_id), reverse=True)
