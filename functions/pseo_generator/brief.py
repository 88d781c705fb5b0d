"""What a page's writer is given: an event, and every figure that may be said about it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.facts import MOST_LIKELY, RUNNER_UP, facts_of, movement
from functions.shared.domain.figures import day, dollars, percent, points
from functions.shared.domain.market import MarketEvent, Outcome
from functions.shared.writing.briefs import PageBrief

_DETAILED_OUTCOMES = 6

Fact = tuple[str, str]


def brief_of(event: MarketEvent, context: tuple[Excerpt, ...] = ()) -> PageBrief:
    """The event with its facts, as `label` -> printed figure: what posts may say, and what only a page has room for."""
    facts = facts_of(event) | dict(_comparison(event)) | dict(_details(event)) | dict(_context(event))
    if not event.exclusive:
        # Where outcomes do not exclude each other, or most of them are missing, the first listed leads nothing.
        facts = {label: figure for label, figure in facts.items() if label not in (MOST_LIKELY, RUNNER_UP)}
    return PageBrief(event=event, facts=facts, context=context)


def subject_of(event: MarketEvent) -> str:
    """The words that context is looked up by: the question, and the outcomes' names, which say what it is about."""
    return " ".join((event.title, *(outcome.name for outcome in event.outcomes[:_DETAILED_OUTCOMES])))


def gap(event: MarketEvent) -> Decimal | None:
    """How far the first outcome is ahead of the second, as a difference of probability."""
    known = [outcome.probability for outcome in event.outcomes if outcome.probability is not None]
    return known[0] - known[1] if len(known) > 1 else None


def largest_move(event: MarketEvent) -> Outcome | None:
    """The outcome that moved most over the week."""
    moved = [outcome for outcome in event.outcomes if outcome.change_week]
    return max(moved, key=lambda outcome: abs(outcome.change_week or Decimal()), default=None)


def minute(moment: datetime) -> str:
    """`11 March 2026, 15:13 UTC`."""
    moment = moment.astimezone(UTC)
    return f"{day(moment)}, {moment:%H:%M} UTC"


def _comparison(event: MarketEvent) -> Iterator[Fact]:
    distance = gap(event)
    if distance is not None:
        yield "Gap between the first and the second outcome listed", points(distance)
    if event.exclusive and event.outcome_count > 3:
        top = sum((outcome.probability or Decimal() for outcome in event.outcomes[:3]), Decimal())
        yield "Combined probability of the top three", percent(min(top, Decimal(1)))
    mover = largest_move(event)
    if mover is not None and mover.change_week is not None:
        yield "Largest move of the last week", movement(mover, mover.change_week)


def _details(event: MarketEvent) -> Iterator[Fact]:
    for outcome in event.outcomes[:_DETAILED_OUTCOMES]:
        changes = {"day": outcome.change_day, "week": outcome.change_week, "month": outcome.change_month}
        for period, change in changes.items():
            if change is not None:
                yield f"{outcome.name}, last {period}", movement(outcome, change)
        if outcome.best_bid is not None and outcome.best_ask is not None and outcome.best_ask >= outcome.best_bid:
            bid, ask = percent(outcome.best_bid), percent(outcome.best_ask)
            yield f"{outcome.name}, highest bid and lowest offer", f"{bid} and {ask}"
            yield f"{outcome.name}, spread between bid and offer", points(outcome.best_ask - outcome.best_bid)
        amounts = {"traded in all": outcome.volume, "traded in the last day": outcome.volume_24h}
        for what, amount in (amounts | {"resting in the order book": outcome.liquidity}).items():
            if amount is not None:
                yield f"{outcome.name}, {what}", dollars(amount)


def _context(event: MarketEvent) -> Iterator[Fact]:
    if event.volume_24h and event.volume and event.volume_24h <= event.volume:
        yield "Share of all trading that fell in the last day", percent(event.volume_24h / event.volume)
    if event.end_date is not None:
        days = (event.end_date - event.captured_at).days
        if days > 1:
            yield "Time left when the prices were taken", f"{days:,} days"
    yield "Time of capture", minute(event.captured_at)
