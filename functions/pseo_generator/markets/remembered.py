"""Lets the organisations of one tick share one look at the markets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.pseo_generator.markets.source import MarketSource, Trending
from functions.shared.domain.market import MarketEvent
from functions.shared.kernel.clock import Clock, utc_now


@dataclass
class Remembered:
    """Implements MarketSource: a list of trending events is good for `lifetime`; single events are always fetched."""

    source: MarketSource
    clock: Clock = utc_now
    lifetime: timedelta = timedelta(minutes=2)
    _kept: dict[int, tuple[datetime, Trending]] = field(default_factory=dict)

    def trending(self, limit: int) -> Trending:
        now = self.clock()
        asked_at, kept = self._kept.get(limit, (now, None))
        if kept is None or now - asked_at >= self.lifetime:
            kept = self.source.trending(limit)
            self._kept[limit] = (now, kept)
        return kept

    def by_slug(self, slug: str) -> MarketEvent:
        return self.source.by_slug(slug)
