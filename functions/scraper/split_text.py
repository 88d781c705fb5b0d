"""Splits a long text where its readers would."""

import re
from collections.abc import Iterator

_PARAGRAPH = re.compile(r"\n\s*\n")
# Where a piece may end within a paragraph, the better places first.
_BORDERS = (re.compile(r"\n"), re.compile(r"[.!?。！？]\s"), re.compile(r"\s"))
_LEAST_FILLED = 0.5


def split_text(text: str, *, most: int) -> list[str]:
    """Parts of at most `most` characters, as few as their paragraphs allow.

    Only a paragraph that is too long by itself is cut: after a line, a sentence or a word.
    """
    parts: list[str] = []
    for piece in _pieces(text, most):
        if parts and len(parts[-1]) + 2 + len(piece) <= most:
            parts[-1] = f"{parts[-1]}\n\n{piece}"
        else:
            parts.append(piece)
    return parts


def _pieces(text: str, most: int) -> Iterator[str]:
    for paragraph in _PARAGRAPH.split(text):
        rest = paragraph.strip()
        while len(rest) > most:
            end = _border(rest, most)
            yield rest[:end].strip()
            rest = rest[end:].strip()
        if rest:
            yield rest


def _border(text: str, most: int) -> int:
    """Where to cut, at most at `most` and not far before it if that can be."""
    for border in _BORDERS:
        ends = [match.end() for match in border.finditer(text, int(most * _LEAST_FILLED), most)]
        if ends:
            return ends[-1]
    return most
