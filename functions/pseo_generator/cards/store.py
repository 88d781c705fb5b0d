"""The port to where the cards of pages are kept, beside the pages."""

from typing import Protocol

from functions.pseo_generator.cards.model import Card


class CardStore(Protocol):
    """An organisation's cards. All reads are consistent: what was put before is there."""

    def put(self, card: Card) -> None:
        """Store a page's card, replacing an earlier one."""

    def newest(self, org_id: str, *, limit: int) -> list[Card]:
        """The cards of the pages made last, the newest first."""

    def of_month(self, org_id: str, month: str) -> list[Card]:
        """The cards of the pages made in a month such as `2026-11`, the newest first."""

    def months(self, org_id: str) -> list[str]:
        """The months in which pages were made, the newest first."""

    def noted(self, org_id: str, what: str) -> str | None:
        """What was noted last; None when nothing was."""

    def note(self, org_id: str, what: str, value: str) -> None:
        """Remember something about the organisation's lists."""
