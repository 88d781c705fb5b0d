"""Tells whether a post on X's timeline is the text that was sent, which X gives back changed."""

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_SHORTENED = "t.co/"


def same_text(tweet: Mapping[str, Any], text: str) -> bool:
    """Whether this is the text, links wrapped by X and characters escaped by it allowed for."""
    shown, sent = _words(_unwrapped(tweet)), _words(text)
    return len(shown) == len(sent) and all(_same_word(*pair) for pair in zip(shown, sent, strict=True))


def _unwrapped(tweet: Mapping[str, Any]) -> str:
    text = html.unescape(str(tweet.get("text", "")))
    entities = tweet.get("entities")
    for link in (entities.get("urls") or []) if isinstance(entities, dict) else []:
        text = text.replace(str(link.get("url")), str(link.get("expanded_url") or link.get("url")))
    return text


def _words(text: str) -> list[str]:
    words = unicodedata.normalize("NFC", text).casefold().split()
    return [re.sub(r"^https?://|/$", "", word) for word in words]


def _same_word(shown: str, sent: str) -> bool:
    # A link that X did not tell the target of could be any link.
    return shown == sent or (shown.startswith(_SHORTENED) and "." in sent)
