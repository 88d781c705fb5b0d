"""Chooses the events that deserve a page: few good pages beat many alike."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.pseo_generator.cards.model import Card
from functions.pseo_generator.markets.source import Unusable
from functions.pseo_generator.related import nearly_the_same
from functions.shared.domain.content.model import Page
from functions.shared.domain.market import MarketEvent

REFRESHED_AFTER = timedelta(hours=20)
ONE_OF_A_SERIES_PER = timedelta(days=7)


@dataclass
class Choice:
    """The chosen events, most traded first, and those passed over before enough were found, with why."""

    events: list[MarketEvent] = field(default_factory=list)
    skipped: list[Unusable] = field(default_factory=list)


def choose_events(
    events: Iterable[MarketEvent],
    *,
    count: int,
    page_of: Callable[[str], Page | None],
    recent: Sequence[Card],
    busy: Collection[str],
    now: datetime,
) -> Choice:
    """Up to `count` of `events`. `busy` are the slugs that a job is under way for, `recent` the newest pages."""
    shown = [(card.slug, card.event.title) for card in recent if now - card.updated_at < ONE_OF_A_SERIES_PER]
    choice = Choice()
    for event in events:
        if len(choice.events) == count:
            break
        reason = (
            "a job for it is under way"
            if event.slug in busy
            else _already_shown(event, page_of(event.slug), now) or _repeats(event, [*_titles(choice.events), *shown])
        )
        if reason is None:
            choice.events.append(event)
        else:
            choice.skipped.append(Unusable(event.slug, reason))
    return choice


def _already_shown(event: MarketEvent, page: Page | None, now: datetime) -> str | None:
    if page is None:
        return None
    if page.event.captured_at >= event.captured_at:
        return "its page shows data that is as new"
    if now - page.updated_at < REFRESHED_AFTER:
        return f"its page is younger than {REFRESHED_AFTER // timedelta(hours=1)} hours"
    return None


def _titles(events: Iterable[MarketEvent]) -> Iterator[tuple[str, str]]:
    for event in events:
        yield event.slug, event.title


def _repeats(event: MarketEvent, others: Iterable[tuple[str, str]]) -> str | None:
    """Whether an event is one of a series with another, each given by its slug and title."""
    for slug, title in others:
        if slug != event.slug and nearly_the_same(event.title, title):
            return f"it is nearly the same as {slug}"
    return None
