"""Turns an event into what a writer is given: its figures, computed and printed here and nowhere else."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from functions.pseo_generator import printing
from functions.shared.ai.briefs import PageBrief
from functions.shared.market import MarketEvent, Outcome

_DETAILED_OUTCOMES = 5
_NEARLY_ALL = Decimal("0.9")

Fact = tuple[str, str]


def brief_of(event: MarketEvent) -> PageBrief:
    """Every figure a text about this event may use, as `label` -> printed figure."""
    facts = [*_about_the_lead(event), *_about_outcomes(event), *_about_trading(event), *_about_time(event)]
    return PageBrief(event=event, facts=dict(facts))


def lists_nearly_all(event: MarketEvent) -> bool:
    """Whether the listed outcomes hold nearly all the probability; only then is the first one the market's favourite.

    Where outcomes do not exclude each other, probabilities do not add up and nothing is known to be missing.
    """
    return not event.exclusive or _listed_share(event) >= _NEARLY_ALL


def gap(event: MarketEvent) -> Decimal | None:
    """How far the first outcome is ahead of the second."""
    known = [outcome.probability for outcome in event.outcomes if outcome.probability is not None]
    return known[0] - known[1] if len(known) > 1 else None


def largest_move(event: MarketEvent) -> Outcome | None:
    """The outcome that moved most over the week."""
    moved = [outcome for outcome in event.outcomes if outcome.change_week]
    return max(moved, key=lambda outcome: abs(outcome.change_week or Decimal()), default=None)


def _about_the_lead(event: MarketEvent) -> Iterator[Fact]:
    first = event.outcomes[0]
    if first.probability is not None:
        label = "Most probable outcome" if lists_nearly_all(event) else "Highest of the outcomes listed here"
        yield label, f"{first.name} at {printing.percent(first.probability)}"
    distance = gap(event)
    if distance is not None:
        yield "Gap between the first and the second outcome listed here", printing.points(distance)
    if event.exclusive and event.outcome_count > 3:
        top = sum((outcome.probability or Decimal() for outcome in event.outcomes[:3]), Decimal())
        yield "Combined probability of the top three", printing.percent(top)
    if not lists_nearly_all(event):
        yield "Combined probability of the outcomes listed here", printing.percent(_listed_share(event))
    mover = largest_move(event)
    if mover is not None and mover.change_week is not None:
        yield "Largest move over the week", f"{mover.name}, {printing.move(mover.change_week)}"
    yield "Open outcomes", printing.count(event.outcome_count)


def _about_outcomes(event: MarketEvent) -> Iterator[Fact]:
    for position, outcome in enumerate(event.outcomes):
        if outcome.probability is not None:
            yield f"{outcome.name}: probability", printing.percent(outcome.probability)
        if position < _DETAILED_OUTCOMES:
            yield from _details(outcome)


def _details(outcome: Outcome) -> Iterator[Fact]:
    changes = {"day": outcome.change_day, "week": outcome.change_week, "month": outcome.change_month}
    for period, change in changes.items():
        if change is not None:
            yield f"{outcome.name}: change over the {period}", printing.move(change)
    if outcome.best_bid is not None and outcome.best_ask is not None and outcome.best_ask >= outcome.best_bid:
        yield f"{outcome.name}: best bid", printing.percent(outcome.best_bid)
        yield f"{outcome.name}: best ask", printing.percent(outcome.best_ask)
        yield f"{outcome.name}: spread", printing.points(outcome.best_ask - outcome.best_bid)
    amounts = {
        "volume": outcome.volume,
        "volume in the last 24 hours": outcome.volume_24h,
        "liquidity": outcome.liquidity,
    }
    for what, amount in amounts.items():
        if amount is not None:
            yield f"{outcome.name}: {what}", printing.dollars(amount)


def _about_trading(event: MarketEvent) -> Iterator[Fact]:
    amounts = {
        "Volume in the last 24 hours": event.volume_24h,
        "Volume in the last 7 days": event.volume_week,
        "Volume in the last 30 days": event.volume_month,
        "Volume since opening": event.volume,
        "Liquidity": event.liquidity,
    }
    for label, amount in amounts.items():
        if amount is not None:
            yield label, printing.dollars(amount)
    if event.volume_24h and event.volume and event.volume_24h <= event.volume:
        yield (
            "Share of all volume that was traded in the last 24 hours",
            printing.percent(event.volume_24h / event.volume),
        )
    if event.comment_count is not None:
        yield "Comments", printing.count(event.comment_count)


def _about_time(event: MarketEvent) -> Iterator[Fact]:
    if event.start_date is not None:
        yield "Opened", printing.day(event.start_date)
    if event.end_date is not None:
        yield "Ends", printing.day(event.end_date)
        days = _days_between(event.captured_at, event.end_date)
        if days > 1:
            yield "Time left at capture", f"{printing.count(days)} days"
    yield "Captured at", printing.minute(event.captured_at)


def _listed_share(event: MarketEvent) -> Decimal:
    return sum((outcome.probability or Decimal() for outcome in event.outcomes), Decimal())


def _days_between(earlier: datetime, later: datetime) -> int:
    return (later - earlier).days
