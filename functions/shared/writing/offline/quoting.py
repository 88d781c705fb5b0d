"""Sentences of the organisation's own sources that a text may quote as they stand."""

import re
from collections.abc import Iterable, Iterator

from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.context.passage import sentences
from functions.shared.domain.context.words import terms
from functions.shared.writing.offline.voice import shortened

_SHORTEST, _LONGEST = 25, 240
_LONGEST_TITLE = 60
# What networks would make a link, a mention or a tag of; and markup.
_ACTIVE = re.compile(r"https?:|www\.|[@#<>{}|\\]|\w\.[a-z]{2,}|[\x00-\x1f]", re.IGNORECASE)
_WHOLE = re.compile(r"[^\W\d_a-zß-öø-ÿ\"“‘'(].*[.!?…][\"”’')]*\Z|\d.*[.!?…]\Z", re.DOTALL)
_ANY_FIGURE = re.compile(
    r"\d|\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|thousand|[mbtr]+illion|dozen|half|halv\w+|twice|thrice|doubl\w+|tripl\w+"
    r"|quadrupl\w+|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|percent|per cent"
    r"|points?|dollars?|euros?|pounds?|cents?)s?\b",
    re.IGNORECASE,
)


def has_figure(text: str) -> bool:
    """Whether a text says anything that a check of figures may read as one; rather too often than too seldom."""
    return bool(_ANY_FIGURE.search(text)) or any(character.isnumeric() for character in text)


def quotable(excerpt: Excerpt, topic: str) -> list[str]:
    """The excerpt's whole sentences of ordinary length, those with most of the topic's words first."""
    wanted = frozenset(terms(topic))
    found = [sentence for sentence in map(_line, sentences(excerpt.text)) if _is_quotable(sentence)]
    return sorted(found, key=lambda sentence: -len(wanted.intersection(terms(sentence))))


def quotes(context: Iterable[Excerpt], topic: str) -> Iterator[str]:
    """Each quotable sentence with the title of what it is from: the most relevant excerpt's before the others'."""
    for excerpt in context:
        for sentence in quotable(excerpt, topic):
            yield f"From {called(excerpt) or 'our own sources'}: {sentence}"


def called(excerpt: Excerpt) -> str:
    """The excerpt's title in quotation marks; empty where it has none that can be shown."""
    title = _line(excerpt.title)
    return f"“{shortened(title, _LONGEST_TITLE)}”" if title and not _ACTIVE.search(title) else ""


def _is_quotable(sentence: str) -> bool:
    of_length = _SHORTEST <= len(sentence) <= _LONGEST
    return of_length and not _ACTIVE.search(sentence) and _WHOLE.match(sentence) is not None


def _line(text: str) -> str:
    return " ".join(text.split())
