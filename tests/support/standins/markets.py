"""Markets of every kind a writer may meet."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from functions.shared.domain.market import MarketEvent, Outcome

CAPTURED = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
_MOST_KEPT = 12
_NAMES = ("Spain", "No change", "19 to 20 million", "Bank of Tea", "December 31, 2027", "<b>Bold & Sons</b>", "Ötztal")


def a_market(number: int, *, outcomes: int = 3, **changes: Any) -> MarketEvent:
    """An open market with all figures; `number` varies title and figures."""
    chance = Random(number)  # noqa: S311  a test's data
    shares = sorted((chance.randint(1, 1000) for _ in range(outcomes)), reverse=True)
    kept = [_outcome(place, Decimal(share) / sum(shares), chance) for place, share in enumerate(shares[:_MOST_KEPT])]
    event = MarketEvent(
        event_id=f"event-{number}",
        slug=f"event-{number}",
        title=f"Which of the {outcomes} teas wins cup {number}?",
        description="Resolves to the tea that wins. “Draw” counts for none. Decided by the jury by December 1, 2026.",
        resolution_source="https://jury.example/",
        url=f"https://polymarket.com/event/event-{number}",
        origin="polymarket",
        captured_at=CAPTURED,
        start_date=CAPTURED - timedelta(days=90),
        end_date=CAPTURED + timedelta(days=chance.randint(1, 400)),
        volume=Decimal(10) ** chance.randint(3, 8) * chance.randint(1, 9),
        volume_24h=Decimal(chance.randint(1, 90_000)),
        volume_week=Decimal(chance.randint(90_000, 900_000)),
        volume_month=Decimal(chance.randint(900_000, 9_000_000)),
        liquidity=Decimal(chance.randint(1, 90_000)),
        comment_count=chance.randint(0, 500),
        exclusive=chance.choice((True, None)),
        outcome_count=outcomes,
        outcomes=tuple(kept),
    )
    return event.model_copy(update=changes)


def _outcome(place: int, probability: Decimal, chance: Random) -> Outcome:
    name = _NAMES[place % len(_NAMES)] + (f" {place}" if place >= len(_NAMES) else "")
    changes = [Decimal(chance.randint(-60, 60)) / 1000 for _ in range(3)]
    probability = probability.quantize(Decimal("0.0001"))
    return Outcome(
        name=name,
        probability=probability,
        volume=Decimal(chance.randint(0, 10**7)),
        change_day=changes[0],
        change_week=changes[1],
        change_month=changes[2],
        best_bid=max(probability - Decimal("0.005"), Decimal()),
        best_ask=min(probability + Decimal(chance.choice(("0.001", "0.02", "0.2"))), Decimal(1)),
    )


def yes_or_no(number: int, yes: str = "0.375", **changes: Any) -> MarketEvent:
    """A market whose question is answered by yes or no."""
    first = Outcome(name="Yes", probability=Decimal(yes), change_week=Decimal("-0.02"))
    second = Outcome(name="No", probability=1 - Decimal(yes))
    outcomes = tuple(sorted((first, second), key=lambda outcome: -(outcome.probability or 0)))
    return a_market(number, outcomes=2, title=f"Will tea {number} win?", exclusive=True).model_copy(
        update={"outcomes": outcomes, **changes}
    )


def bare(number: int) -> MarketEvent:
    """A market of which hardly anything is known."""
    return MarketEvent(
        event_id=f"bare-{number}",
        slug=f"bare-{number}",
        title="Tea",
        url="https://polymarket.com/",
        origin="sample",
        captured_at=CAPTURED,
        outcome_count=1,
        outcomes=(Outcome(name="Yes", probability=Decimal("0.5")),),
    )


def odd_markets() -> list[MarketEvent]:
    """Markets at the edges of what can come."""
    unpriced = tuple(Outcome(name=name) for name in ("Green", "Black"))
    level = tuple(Outcome(name=name, probability=Decimal("0.25")) for name in ("Green", "Black", "White", "Yellow"))
    return [
        bare(1),
        a_market(1, outcomes=1),
        a_market(2, outcomes=60),
        a_market(3, outcomes=2, exclusive=True),
        a_market(4, outcomes=4, exclusive=None),
        a_market(5, outcomes=3, end_date=CAPTURED - timedelta(days=2)),
        a_market(6, outcomes=3, end_date=None, description="", resolution_source=""),
        a_market(7, outcomes=3, volume=None, volume_24h=None, volume_week=None, volume_month=None, liquidity=None),
        a_market(8, outcomes=3, volume=Decimal(0), volume_24h=Decimal(0), volume_week=Decimal(0)),
        a_market(9, title="x" * 200),
        a_market(10, title="<script>alert(1)</script> & “tea”: " + "a very long question " * 8),
        a_market(11, description="One sentence without an end " * 100),
        a_market(12, description="Short. " + "Rules go on. " * 200),
        a_market(13, outcomes=2).model_copy(update={"outcomes": unpriced, "outcome_count": 2}),
        a_market(14, outcomes=4, exclusive=True).model_copy(update={"outcomes": level}),
        a_market(15).model_copy(update={"outcomes": (Outcome(name="n" * 120, probability=Decimal("0.4")),) * 2}),
        yes_or_no(16, "0"),
        yes_or_no(17, "1"),
        yes_or_no(18, "0.0004"),
        yes_or_no(19, "0.9996"),
        yes_or_no(20, "0.5"),
    ]
