"""Ends a text earlier, where a reader expects an end."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

from functions.shared.networks.length import grapheme_ends, link_spans

Fits = Callable[[str], bool]

# Not after an abbreviation's second dot ("U.S.").
_SENTENCE_END = re.compile(r"(?<!\.\w)[.!?…][\"'”’)]*(?=\s)|[。！？]")
_WORD_END = re.compile(r"(?<=\S)(?=\s)")
_DANGLING = " \n\t,;:-–—("
ELLIPSIS = "…"


def shorten(text: str, fits: Fits) -> str:
    """The longest beginning that fits: of whole sentences, else of whole words, else of whole characters.

    Sentences are preferred as long as they keep half of what words would. A cut inside a sentence shows as an
    ellipsis, and never falls inside an address. Empty when not even one character fits.
    """
    if fits(text):
        return text
    sentences = _longest(text, [match.end() for match in _SENTENCE_END.finditer(text)], fits, "")
    words = _longest(text, [match.start() for match in _WORD_END.finditer(text)], fits, ELLIPSIS)
    if len(sentences) * 2 >= len(words) > 0 or (sentences and not words):
        return sentences
    return words or _longest(text, _outside_links(text, grapheme_ends(text)), fits, ELLIPSIS)


def _longest(text: str, ends: Sequence[int], fits: Fits, suffix: str) -> str:
    def ended(end: int) -> str:
        part = text[:end].rstrip(_DANGLING if suffix else None)
        return part + suffix if part else ""

    # A longer beginning is never counted as shorter, so the last one that fits can be found by halving.
    count = bisect_right(ends, False, key=lambda end: not fits(ended(end)))
    return ended(ends[count - 1]) if count else ""


def _outside_links(text: str, ends: Sequence[int]) -> list[int]:
    spans = link_spans(text)
    return [end for end in ends if not any(start < end < stop for start, stop in spans)]
