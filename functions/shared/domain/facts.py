"""What an event's data says, as `label` -> text fit to print: the material of every page and post about it."""

from collections.abc import Iterator
from decimal import Decimal

from functions.shared.domain.figures import SMALLEST_CHANGE, day, dollars, percent, points
from functions.shared.domain.market import MarketEvent, Outcome

MOST_LIKELY = "Most likely"
RUNNER_UP = "Runner-up"
PROBABILITY_OF = "Probability of "
DAY_CHANGE = "Change in the last day"
WEEK_CHANGE = "Change in the last week"
MONTH_CHANGE = "Change in the last month"
TRADED = "Traded in all"
TRADED_DAY = "Traded in the last day"
TRADED_WEEK = "Traded in the last week"
TRADED_MONTH = "Traded in the last month"
LIQUIDITY = "Resting in the order book"
OUTCOMES = "Outcomes"
COMMENTS = "Comments"
OPENED = "Opened"
CLOSES = "Closes"
CAPTURED = "Prices taken on"
DATA = "Data"


def facts_of(event: MarketEvent) -> dict[str, str]:
    """Every figure the event has; one the source did not give has no entry."""
    return dict(_standing(event)) | dict(_money(event)) | dict(_dates(event)) | dict(_origin(event))


def movement(outcome: Outcome, change: Decimal) -> str:
    """A change in words: `Spain up 2 points`."""
    if abs(change) < SMALLEST_CHANGE:
        return f"{outcome.name} unchanged"
    return f"{outcome.name} {'up' if change > 0 else 'down'} {points(change)}"


def _standing(event: MarketEvent) -> Iterator[tuple[str, str]]:
    priced = [outcome for outcome in event.outcomes if outcome.probability is not None]
    for label, outcome in zip((MOST_LIKELY, RUNNER_UP), priced, strict=False):
        yield label, f"{outcome.name}, {percent(outcome.probability or Decimal())}"
    for outcome in priced:
        yield f"{PROBABILITY_OF}{outcome.name}", percent(outcome.probability or Decimal())
    if priced:
        leader = priced[0]
        changes = ((DAY_CHANGE, leader.change_day), (WEEK_CHANGE, leader.change_week))
        for label, change in (*changes, (MONTH_CHANGE, leader.change_month)):
            if change is not None:
                yield label, movement(leader, change)
    yield OUTCOMES, str(event.outcome_count)


def _money(event: MarketEvent) -> Iterator[tuple[str, str]]:
    amounts = (
        (TRADED, event.volume),
        (TRADED_DAY, event.volume_24h),
        (TRADED_WEEK, event.volume_week),
        (TRADED_MONTH, event.volume_month),
        (LIQUIDITY, event.liquidity),
    )
    for label, amount in amounts:
        if amount is not None:
            yield label, dollars(amount)
    if event.comment_count is not None:
        yield COMMENTS, f"{event.comment_count:,}"


def _dates(event: MarketEvent) -> Iterator[tuple[str, str]]:
    for label, moment in ((OPENED, event.start_date), (CLOSES, event.end_date), (CAPTURED, event.captured_at)):
        if moment is not None:
            yield label, day(moment)


def _origin(event: MarketEvent) -> Iterator[tuple[str, str]]:
    if event.origin == "sample":
        yield DATA, "illustrative sample, not live prices"
