"""Chooses what of an organisation's context a text about some subject is written with.

An item counts as much as its words are the subject's: rare words more than common ones, words of its title twice,
older items less. What has too little to do with the subject is left out: no context is better than a foreign one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from math import log

from functions.shared.domain.context.gather import gather
from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.context.model import ContextItem, Excerpt
from functions.shared.domain.context.passage import best_passage
from functions.shared.domain.context.words import terms, terms_among

MAX_EXCERPT_CHARACTERS = 1200
_MAX_CHARACTERS = 4000
_MOST = 4
_HALF_LIFE = timedelta(weeks=4)
_OLDEST_COUNTS = 0.25
# Of the subject's weight, an item must hold this share in several words, a lesser one if one of them is in its title,
# and more than the half in a single word.
_RELEVANT = 1 / 3
_RELEVANT_BY_TITLE = 3 / 10
_RELEVANT_ALONE = 1 / 2
# Of a long subject, only so many words, the rarest, count for the whole: no passage holds a third of thirty.
_TELLING = 12
# Passages are looked for in the items with most of the words anywhere.
_SEARCHED = 60
_NEARLY_THE_SAME = 0.8


@dataclass(frozen=True, slots=True)
class _Subject:
    """The words of a subject, each with its weight."""

    weights: Mapping[str, float]
    whole: float

    def share(self, words: Iterable[str]) -> float:
        """How much of the subject these words are; 0 of one without words."""
        return min(1.0, sum(self.weights[word] for word in words) / self.whole) if self.whole else 0.0


@dataclass(frozen=True, slots=True)
class _Candidate:
    item: ContextItem
    passage: str
    words: frozenset[str]
    score: float


def relevant_context(
    org_id: str, text: str, *, items: ItemStore, now: datetime, outside: str | None = None
) -> tuple[Excerpt, ...]:
    """The organisation's context for a subject. Raises what the store raises: nothing is written without asking it.

    Items whose address begins with `outside` are left out: a site is no source of itself.
    """
    found = gather(org_id, items)
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
    held = [(item, frozenset(terms_among(f"{item.title}\n{item.text}", wanted))) for item in items]
    subject = _subject(wanted, (words for _, words in held), len(items))
    near = [(item, share) for item, words in held if (share := subject.share(words)) >= _RELEVANT_BY_TITLE]
    searched = nlargest(_SEARCHED, near, key=lambda each: (each[1] * _freshness(each[0], now), each[0].item_id))
    found = [_candidate(item, subject, now) for item, _ in searched]
    ranked = sorted((each for each in found if each), key=lambda each: (each.score, each.item.item_id), reverse=True)
    chosen: list[_Candidate] = []
    for candidate in ranked:
        room = max_characters - sum(len(each.passage) for each in chosen)
        if len(chosen) == limit:
            break
        if len(candidate.passage) <= room and not any(_alike(candidate, other) for other in chosen):
            chosen.append(candidate)
    return tuple(_excerpt(candidate) for candidate in chosen)


def _subject(wanted: Iterable[str], held: Iterable[frozenset[str]], count: int) -> _Subject:
    """Inverse document frequencies; a word no item has weighs as one that a single item has."""
    holders = Counter(word for words in held for word in words)
    weights = {word: log(1 + (count + 1) / (max(holders[word], 1) + 0.5)) for word in wanted}
    return _Subject(weights, sum(sorted(weights.values(), reverse=True)[:_TELLING]))


def _candidate(item: ContextItem, subject: _Subject, now: datetime) -> _Candidate | None:
    in_title = frozenset(terms_among(item.title, subject.weights))
    passage, in_text = best_passage(item.text, subject.weights, most=MAX_EXCERPT_CHARACTERS)
    words = in_title | in_text
    if not passage or not _is_relevant(words, in_title, subject):
        return None
    relevance = subject.share(words) + subject.share(in_title)
    return _Candidate(item, passage, frozenset(terms(passage)), relevance * _freshness(item, now))


def _is_relevant(words: frozenset[str], in_title: frozenset[str], subject: _Subject) -> bool:
    share = subject.share(words)
    if len(words) == 1:
        return share > _RELEVANT_ALONE
    return share >= (_RELEVANT_BY_TITLE if in_title else _RELEVANT)


def _freshness(item: ContextItem, now: datetime) -> float:
    """1 for what is of today, half as much above the least for each four weeks of age."""
    age = max(now - (item.published_at or item.changed_at), timedelta())
    return _OLDEST_COUNTS + (1 - _OLDEST_COUNTS) * float(0.5 ** (age / _HALF_LIFE))


def _alike(one: _Candidate, other: _Candidate) -> bool:
    if one.item.url is not None and one.item.url == other.item.url:
        return True  # a page, and the entry of a feed that leads to it
    both = one.words | other.words
    same_words = bool(both) and len(one.words & other.words) / len(both) >= _NEARLY_THE_SAME
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
