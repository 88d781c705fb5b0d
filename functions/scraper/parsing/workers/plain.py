"""Text without what is not text."""

import re
import unicodedata

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_MOST_UNREADABLE = 0.05
_SAMPLE = 100_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Invisible, and used to hide instructions or to reorder what is shown: tag characters, direction marks, soft hyphens,
# zero-width spaces. Joiners stay: Persian, Hindi and emoji need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def is_binary(text: str) -> bool:
    """Whether so much of its beginning are no letters that it never was a text."""
    sample = text[:_SAMPLE]
    return len(_UNREADABLE.findall(sample)) > len(sample) * _MOST_UNREADABLE


def parsable(text: str) -> str:
    """Without the characters that no markup may hold (XML 1.0, section 2.2), at which parsers stop or break."""
    return _NOT_XML.sub("", text)


def cleaned(text: str) -> str:
    """Lines end in a line feed, without blanks around; at most one empty line in a row; nothing invisible."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    text = _INVISIBLE.sub("", _CONTROLS.sub("", text))
    text = _LIGATURE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _BLANKS.sub(" ", text).replace(" \n", "\n").replace("\n ", "\n")
    return _EMPTY_LINES.sub("\n\n", text).strip()


def one_line(text: str, most: int) -> str:
    """On one line, cut to `most` characters."""
    return cut(" ".join(cleaned(text).split()), most)


def cut(text: str, most: int) -> str:
    """At most `most` characters, ending at a word's end where there is one near, with an ellipsis."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    end = max(kept.rfind(" "), kept.rfind("\n"))
    return (kept[:end] if end > most * 3 // 4 else kept).rstrip() + "…"
