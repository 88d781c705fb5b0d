"""Texts of others on their way into a store: whatever they hold, they can be kept."""

import re

_SURROGATES = re.compile("[\ud800-\udfff]+")
_CUT = "…"


def storable(text: str) -> str:
    """The text without what UTF-8 cannot hold: surrogates that make a pair become it, those alone U+FFFD.

    Decoders of JSON let half a pair through (RFC 8259, section 8.2).
    """
    return _SURROGATES.sub(_mended, text)


def bounded(text: str, *, most: int) -> str:
    """The text, storable and cut off after `most` characters with an ellipsis as its last."""
    return storable(text if len(text) <= most else text[: most - len(_CUT)] + _CUT)


def _mended(found: re.Match[str]) -> str:
    return found[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
