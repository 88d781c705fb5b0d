"""A bundled capture in Gamma's own shape, for machines that cannot reach Polymarket.

One event is captured from Polymarket; all others are invented. Pages made of any of them say that they show
sample data.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from functions.pseo_generator.markets.normalise import UnusableEvent, normalise
from functions.pseo_generator.markets.polymarket import Unreachable
from functions.pseo_generator.markets.source import MarketSource, Trending, Unusable
from functions.shared.domain.market import MarketEvent
from functions.shared.kernel.circuits.breaker import CircuitOpen
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.log import log

_FILE = Path(__file__).with_name("sample_events.json")
_SITE = "https://polymarket.com/"


@cache
def _read() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"), parse_float=Decimal)
    return content


@dataclass(frozen=True, slots=True)
class Sample:
    """Implements MarketSource."""

    def trending(self, limit: int) -> Trending:
        captured_at = datetime.fromisoformat(_read()["captured_at"])
        events, unusable = [], []
        for raw in _read()["events"]:
            try:
                events.append(normalise(raw, origin="sample", url=_SITE, captured_at=captured_at))
            except UnusableEvent as reason:
                unusable.append(Unusable(raw["slug"], str(reason)))
        return Trending("sample", captured_at, tuple(events[:limit]), tuple(unusable))

    def by_slug(self, slug: str) -> MarketEvent:
        found = [event for event in self.trending(len(_read()["events"])).events if event.slug == slug]
        if not found:
            raise PermanentError(f"the bundled sample has no event {slug}")
        return found[0]


@dataclass(frozen=True, slots=True)
class SampleWhenUnreachable:
    """Implements MarketSource: the live service, or the sample while that cannot be reached."""

    live: MarketSource
    sample: MarketSource = field(default_factory=Sample)

    def trending(self, limit: int) -> Trending:
        try:
            return self.live.trending(limit)
        except (Unreachable, CircuitOpen) as error:
            log.warning("using the bundled sample", action="market_sample_used", reason=error.reason)
            return self.sample.trending(limit)

    def by_slug(self, slug: str) -> MarketEvent:
        try:
            return self.live.by_slug(slug)
        except (Unreachable, CircuitOpen) as error:
            log.warning("using the bundled sample", action="market_sample_used", reason=error.reason)
            try:
                return self.sample.by_slug(slug)
            except PermanentError:
                raise error from None
