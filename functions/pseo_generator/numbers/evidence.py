"""What the data holds: every figure a page may show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from functions.pseo_generator.numbers import units
from functions.pseo_generator.numbers.dates import Day
from functions.pseo_generator.numbers.figures import Figure, Kind, figures_of
from functions.shared.domain.market import MarketEvent, Outcome
from functions.shared.writing.briefs import PageBrief


@dataclass(frozen=True, slots=True)
class Known:
    """An amount of the data. `step` is None where only the very same amount will do: a threshold is not rounded."""

    value: Decimal
    unit: str
    step: Decimal | None
    direction: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the data holds, by kind. `places` is how many ranks there are."""

    amounts: frozenset[Known]
    days: frozenset[Day]
    texts: frozenset[tuple[Kind, str]]
    places: int


def evidence_of(brief: PageBrief) -> Evidence:
    """Reads the figures of the facts, of the event's own texts, and the event's exact amounts."""
    event = brief.event
    printed = _read(brief.facts.values())
    quoted = _read((*_texts(event), *brief.facts))
    amounts = {Known(each.value, each.unit, each.step, each.direction) for each in _amounts(printed)}
    amounts |= {Known(each.value, each.unit, None, each.direction) for each in _amounts(quoted)}
    figures = [*printed, *quoted]
    return Evidence(
        amounts=frozenset(amounts | set(_exact(event))),
        days=frozenset(day for figure in figures for day in figure.days) | frozenset(_days(event)),
        texts=frozenset((figure.kind, figure.text.casefold()) for figure in figures),
        places=event.outcome_count,
    )


def _read(texts: Iterable[str]) -> list[Figure]:
    """Every figure, and what else a date may be."""
    return [each for text in texts for figure in figures_of(text) for each in (figure, *figure.otherwise)]


def _texts(event: MarketEvent) -> Iterator[str]:
    yield from (event.title, event.resolution_source)
    yield from event.description.splitlines()
    yield from (outcome.name for outcome in event.outcomes)


def _amounts(figures: Iterable[Figure]) -> Iterator[Figure]:
    return (figure for figure in figures if figure.kind is Kind.AMOUNT)


def _exact(event: MarketEvent) -> Iterator[Known]:
    totals = (event.volume, event.volume_24h, event.volume_week, event.volume_month, event.liquidity)
    yield from _known(totals, units.MONEY)
    yield Known(Decimal(event.outcome_count), "", None)
    yield from _periods(event)
    for outcome in event.outcomes:
        yield from _of_outcome(outcome)


def _periods(event: MarketEvent) -> Iterator[Known]:
    """The last day, week and month, as the numbers of hours and days they are."""
    if event.volume_24h is not None:
        yield Known(Decimal(24), "hour", None)
    if event.volume_week is not None:
        yield Known(Decimal(7), "day", None)
    if event.volume_month is not None:
        yield Known(Decimal(30), "day", None)


def _of_outcome(outcome: Outcome) -> Iterator[Known]:
    yield from _known((outcome.volume, outcome.volume_24h, outcome.liquidity), units.MONEY)
    prices = (outcome.probability, outcome.best_bid, outcome.best_ask)
    yield from _known((price * 100 for price in prices if price is not None), units.PERCENT)
    for change in (outcome.change_day, outcome.change_week, outcome.change_month):
        if change is not None:
            yield Known(abs(change) * 100, units.POINTS, Decimal(), (change > 0) - (change < 0))


def _known(amounts: Iterable[Decimal | None], unit: str) -> Iterator[Known]:
    return (Known(amount, unit, Decimal()) for amount in amounts if amount is not None)


def _days(event: MarketEvent) -> Iterator[Day]:
    for moment in (event.start_date, event.end_date, event.captured_at):
        if moment is not None:
            yield (moment.year, moment.month, moment.day)
