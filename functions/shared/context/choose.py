"""Chooses what of an organisation's context a text about some subject is written with.

An item counts as much as its words are the subject's: rare words more than common ones, words of its title twice,
older items less. What has too little to do with the subject is left out: no context is better than a foreign one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log

from functions.shared.context.model import ContextItem, Excerpt
from functions.shared.context.passage import best_passage, terms
from functions.shared.context.store import ItemStore

NEWEST = 200
"""How many items are looked at."""

MAX_EXCERPT_CHARACTERS = 1200
_MAX_CHARACTERS = 4000
_MOST = 4
_HALF_LIFE = timedelta(weeks=4)
_OLDEST_COUNTS = 0.25
# Of the subject's weight, an item must hold this share; or less with words in both its title and its text.
_RELEVANT = 1 / 3
_RELEVANT_BY_TITLE = 3 / 10
_NEARLY_THE_SAME = 0.8


@dataclass(frozen=True, slots=True)
class _Candidate:
    item: ContextItem
    passage: str
    score: float


def relevant_context(
    org_id: str, text: str, *, items: ItemStore, now: datetime, outside: str | None = None
) -> tuple[Excerpt, ...]:
    """The organisation's context for a subject. Raises what the store raises: nothing is written without asking it.

    Items whose address begins with `outside` are left out: a site is no source of itself.
    """
    found: list[ContextItem] = []
    before: str | None = None
    while len(found) < NEWEST:
        page, before = items.newest(org_id, limit=NEWEST - len(found), before=before)
        found += page
        if before is None:
            break
    fit = [item for item in found if outside is None or not (item.url or "").startswith(outside)]
    return choose_context(text, fit, now=now)


def choose_context(
    topic_text: str,
    items: Sequence[ContextItem],
    *,
    now: datetime,
    limit: int = _MOST,
    max_characters: int = _MAX_CHARACTERS,
) -> tuple[Excerpt, ...]:
    """The most relevant passages of the items, best first; of nearly identical ones the best alone."""
    wanted = frozenset(terms(topic_text))
    held = [(item, wanted.intersection(terms(f"{item.title}\n{item.text}"))) for item in items]
    weights = _weights(wanted, (words for _, words in held), len(items))
    whole = sum(weights.values())
    near = (item for item, words in held if words and _sum(words, weights) >= _RELEVANT_BY_TITLE * whole)
    found = [_candidate(item, weights, now) for item in near]
    ranked = sorted((each for each in found if each), key=lambda each: (each.score, each.item.item_id), reverse=True)
    chosen: list[_Candidate] = []
    for candidate in ranked:
        room = max_characters - sum(len(each.passage) for each in chosen)
        if len(chosen) == limit:
            break
        if len(candidate.passage) <= room and not any(_alike(candidate, other) for other in chosen):
            chosen.append(candidate)
    return tuple(_excerpt(candidate) for candidate in chosen)


def _weights(wanted: Iterable[str], held: Iterable[frozenset[str]], count: int) -> dict[str, float]:
    """Inverse document frequencies; a word no item has weighs as one that a single item has."""
    holders = Counter(word for words in held for word in words)
    return {word: log(1 + (count + 1) / (max(holders[word], 1) + 0.5)) for word in wanted}


def _candidate(item: ContextItem, weights: Mapping[str, float], now: datetime) -> _Candidate | None:
    in_title = frozenset(terms(item.title)) & weights.keys()
    passage, in_text = best_passage(item.text, weights, most=MAX_EXCERPT_CHARACTERS)
    whole = sum(weights.values())
    share = _sum(in_title | in_text, weights) / whole
    by_title = bool(in_title) and len(in_title | in_text) > 1 and share >= _RELEVANT_BY_TITLE
    if not passage or not (share >= _RELEVANT or by_title):
        return None
    relevance = (_sum(in_title | in_text, weights) + _sum(in_title, weights)) / whole
    return _Candidate(item, passage, relevance * _freshness(item, now))


def _sum(words: Iterable[str], weights: Mapping[str, float]) -> float:
    return sum(weights[word] for word in words)


def _freshness(item: ContextItem, now: datetime) -> float:
    """1 for what is of today, half as much above the least for each four weeks of age."""
    age = max(now - (item.published_at or item.changed_at), timedelta())
    return _OLDEST_COUNTS + (1 - _OLDEST_COUNTS) * float(0.5 ** (age / _HALF_LIFE))


def _alike(one: _Candidate, other: _Candidate) -> bool:
    if one.item.url is not None and one.item.url == other.item.url:
        return True  # a page, and the entry of a feed that leads to it
    words, others = frozenset(terms(one.passage)), frozenset(terms(other.passage))
    both = words | others
    same_words = bool(both) and len(words & others) / len(both) >= _NEARLY_THE_SAME
    return one.item.content_hash == other.item.content_hash or one.passage == other.passage or same_words


def _excerpt(candidate: _Candidate) -> Excerpt:
    item = candidate.item
    return Excerpt(
        item_id=item.item_id,
        title=item.title,
        url=item.url,
        origin=item.origin,
        origin_id=item.origin_id,
        text=candidate.passage,
        published_at=item.published_at,
    )
