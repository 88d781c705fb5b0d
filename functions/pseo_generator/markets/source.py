"""The port to prediction markets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.market import MarketEvent, MarketOrigin


@dataclass(frozen=True, slots=True)
class Unusable:
    """An event no page can be made of, and why."""

    slug: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trending:
    """Open events, most traded first, and where and when they were captured."""

    origin: MarketOrigin
    captured_at: datetime
    events: tuple[MarketEvent, ...]
    unusable: tuple[Unusable, ...] = ()


class MarketSource(Protocol):
    """A service that lists prediction markets."""

    def trending(self, limit: int) -> Trending:
        """Up to `limit` open events, the most traded of the last 24 hours first.

        TransientError when the service cannot be reached or does not answer as it should.
        """

    def by_slug(self, slug: str) -> MarketEvent:
        """One event. PermanentError when there is none, or none a page can be made of."""
