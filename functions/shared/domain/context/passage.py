"""The sentences of a text, and the passage of it that is most about some words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from functions.shared.domain.context.words import terms_among

# One dot, question or exclamation mark and the quotes that close with it; or the line's end.
_SENTENCE = re.compile(r"\S.*?(?:[.!?…][\"'”’)\]]*(?=\s|$)|[。！？]|$)", re.MULTILINE)
_REPEATED = 0.05


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    terms: tuple[str, ...]


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line's end ends one."""
    return [match.group().strip() for match in _SENTENCE.finditer(text)]


def best_passage(text: str, weights: Mapping[str, float], *, most: int) -> tuple[str, frozenset[str]]:
    """Neighbouring sentences of at most `most` characters that hold the words of most weight, and those words.

    Among equals the first. A sentence that is too long by itself is cut between words.
    """
    pieces = list(_pieces(text, weights, most))
    counts: Counter[str] = Counter()
    best, best_value, value, right = (0, 0), -1.0, 0.0, 0
    for left, piece in enumerate(pieces):
        while right < len(pieces) and pieces[right].end - piece.start <= most:
            for term in pieces[right].terms:
                value += weights[term] * (_REPEATED if counts[term] else 1)
                counts[term] += 1
            right += 1
        if value > best_value + 1e-9:
            best, best_value = (left, right), value
        for term in piece.terms:
            counts[term] -= 1
            value -= weights[term] * (_REPEATED if counts[term] else 1)
    chosen = pieces[slice(*best)]
    if not chosen:
        return "", frozenset()
    return _tidied(text[chosen[0].start : chosen[-1].end]), frozenset(term for piece in chosen for term in piece.terms)


def _pieces(text: str, weights: Mapping[str, float], most: int) -> Iterator[_Piece]:
    for match in _SENTENCE.finditer(text):
        start = match.start()
        while start < match.end():
            end = _end(text, start, match.end(), most)
            found = tuple(terms_among(text[start:end], weights))
            yield _Piece(start, end, found)
            start = end


def _end(text: str, start: int, end: int, most: int) -> int:
    if end - start <= most:
        return end
    space = text.rfind(" ", start + 1, start + most)
    return space if space > 0 else start + most


def _tidied(text: str) -> str:
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", "\n", text)).strip()
