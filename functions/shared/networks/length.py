"""How long a text is and where its addresses are, as more than one network needs it."""

import re
from bisect import bisect_left
from collections.abc import Iterator

import regex

ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
"""An address with a scheme."""

_BARE_DOMAIN = re.compile(
    r"(?<![\w@#$./-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w@])(?:/[^\s<>\"]*)?", re.IGNORECASE
)
_CLUSTER = regex.compile(r"\X")
_TRAILING = ".,;:!?'’”)]}"


def characters(text: str) -> int:
    """Unicode code points."""
    return len(text)


def graphemes(text: str) -> int:
    """Characters as a reader sees them (UAX #29): a family emoji is one."""
    return len(text) if text.isascii() else len(clusters(text))


def clusters(text: str) -> list[str]:
    """The text cut into what a reader sees as characters."""
    return _CLUSTER.findall(text)


def grapheme_ends(text: str) -> list[int]:
    """The indices at which the text may be cut without splitting what a reader sees as one character."""
    return [match.end() for match in _CLUSTER.finditer(text)]


def link_spans(text: str) -> list[tuple[int, int]]:
    """Where the text has addresses, with or without a scheme, in order."""
    addresses = list(_spans(ADDRESS, text))
    starts = [start for start, _ in addresses]
    found = list(addresses)
    for start, end in _spans(_BARE_DOMAIN, text):
        before = bisect_left(starts, end) - 1  # the last address that begins before this ends
        if before < 0 or addresses[before][1] <= start:
            found.append((start, end))
    return sorted(found)


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        yield match.start(), match.start() + len(match.group().rstrip(_TRAILING))
