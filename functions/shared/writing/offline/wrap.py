"""Breaks text into lines without a font at hand, by estimated widths."""

import unicodedata
from collections.abc import Sequence

from functions.shared.writing.offline.voice import shortened

# Average advance of a bold sans-serif letter, as a share of the font's size; full-width characters take all of it.
_ADVANCE = 0.56


def wrapped(text: str, *, width: int, sizes: Sequence[int], most: int) -> tuple[list[str], int]:
    """Up to `most` lines that fit in `width` pixels, and the largest of the font sizes at which the text fits.

    At the smallest size, what is still too long ends in an ellipsis.
    """
    words = " ".join(text.split())
    for size in sizes:
        lines = _lines(words, width / size)
        if len(lines) <= most:
            return lines, size
    limit = len(words)
    while len(lines) > most:
        limit = limit * 9 // 10
        lines = _lines(shortened(words, limit), width / sizes[-1])
    return lines, sizes[-1]


def _lines(text: str, room: float) -> list[str]:
    lines = [""]
    for word in _pieces(text, room):
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def _pieces(text: str, room: float) -> list[str]:
    """The words, those longer than a line in parts."""
    most = max(1, int(room))
    return [
        piece
        for word in text.split()
        for piece in ([word] if _width(word) <= room else [word[at : at + most] for at in range(0, len(word), most)])
    ]


def _width(text: str) -> float:
    """The text's width as a multiple of the font's size."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WF" else _ADVANCE for character in text)
