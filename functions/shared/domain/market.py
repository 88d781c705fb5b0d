"""A prediction-market event as Flywheel sees it, whichever service it came from.

Probabilities are Decimals from 0 to 1, amounts are US dollars, changes are differences of probability.
A figure the source did not give is None and is never made up.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

MarketOrigin = Literal["polymarket", "sample"]


class Outcome(BaseModel):
    """One thing that may happen, with what the market says about it."""

    model_config = ConfigDict(frozen=True)

    name: str
    probability: Decimal | None = None
    volume: Decimal | None = None
    volume_24h: Decimal | None = None
    liquidity: Decimal | None = None
    change_day: Decimal | None = None
    change_week: Decimal | None = None
    change_month: Decimal | None = None
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None


class MarketEvent(BaseModel):
    """A question with its outcomes, most probable first, as captured at `captured_at`.

    `outcomes` holds the most probable of the `outcome_count` that are open. `exclusive` says that just one of them
    will come true; None where the source does not tell, or where outcomes are missing.
    """

    model_config = ConfigDict(frozen=True)

    event_id: str
    slug: str
    title: str
    description: str = ""
    resolution_source: str = ""
    url: str
    origin: MarketOrigin
    captured_at: datetime
    start_date: datetime | None = None
    end_date: datetime | None = None
    volume: Decimal | None = None
    volume_24h: Decimal | None = None
    volume_week: Decimal | None = None
    volume_month: Decimal | None = None
    liquidity: Decimal | None = None
    comment_count: int | None = None
    exclusive: bool | None = None
    outcome_count: int
    outcomes: tuple[Outcome, ...]
