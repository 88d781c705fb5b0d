"""How alike events are, by the words of their titles."""

import re
from collections.abc import Sequence

from functions.pseo_generator.cards.model import Card
from functions.shared.domain.content.model import Page

MAX_RELATED = 4
_NEARLY_THE_SAME = 0.7
_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_FILLERS = "a an and at be before by does for from has in is of on or the this to what when where which who will with"
_IGNORED = frozenset(f"{_MONTHS} {_DAYS} {_FILLERS}".split())


def likeness(one: str, other: str) -> float:
    """The share of two titles' words that both have, from 0 to 1, without fillers, numbers and names of dates."""
    words, others = _words(one), _words(other)
    return len(words & others) / len(words | others) if words | others else float(one == other)


def nearly_the_same(one: str, other: str) -> bool:
    """Whether two titles are issues of one series, as `Rate decision in March` and `Rate decision in April`."""
    return likeness(one, other) >= _NEARLY_THE_SAME


def related_to(page: Page, pages: Sequence[Card]) -> list[Card]:
    """Other pages a reader may like: the most alike first, then the newest."""
    others = [other for other in pages if other.content_id != page.content_id]
    by_likeness = sorted(others, key=lambda other: -likeness(page.event.title, other.event.title))
    return by_likeness[:MAX_RELATED]


def _words(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]{2,}", title.casefold())) - _IGNORED
