"""How a post is put together within what its network allows."""

import re
import unicodedata
from collections.abc import Iterable

from functions.shared.domain.network import Network
from functions.shared.kernel.errors import PermanentError
from functions.shared.networks.registry.rules import RULES
from functions.shared.networks.rules import PostRules
from functions.shared.networks.shorten import shorten

_HASHTAG = re.compile(r"(?<![\w&/#])#(\w*[^\W\d_]\w*)")
_NOT_IN_A_HASHTAG = re.compile(r"\W+")
# Lone surrogates, private controls and the non-characters that X refuses.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\ufeff]")


def length(text: str, network: Network) -> int:
    """The text's length as the network counts it."""
    return RULES[network].count(text)


def hashtags_in(text: str) -> tuple[str, ...]:
    """The hashtags of a text, without their sign."""
    return tuple(_HASHTAG.findall(text))


def problems(text: str, network: Network) -> list[str]:
    """What the network would refuse or cut off, each as a sentence; empty when the text can be posted."""
    rules = RULES[network]
    found = []
    if not text.strip():
        found.append("the text is empty")
    if _FORBIDDEN.search(text):
        found.append("the text has characters that cannot be posted")
        text = _FORBIDDEN.sub("", text)
    if (counted := rules.count(text)) > rules.max_length:
        found.append(f"the text counts {counted} where {network} allows {rules.max_length}")
    if rules.max_bytes is not None and (size := len(text.encode())) > rules.max_bytes:
        found.append(f"the text has {size} bytes where {network} allows {rules.max_bytes}")
    if (tags := len(hashtags_in(text))) > rules.max_hashtags:
        found.append(f"the text has {tags} hashtags where {network} takes {rules.max_hashtags}")
    return found


def compose(text: str, hashtags: Iterable[str], link: str | None, network: Network) -> str:
    """Text, hashtags and link as one post within the network's rules.

    To fit, hashtags go first, the last one first; then the text ends at an earlier sentence or word. The link is
    left out where it could not be followed. Links are never cut: PermanentError when one of them alone is too long.
    """
    rules = RULES[network]
    shown_link = link if rules.links_clickable else None
    body = _with_at_most(rules.max_hashtags, _tidied(text))
    tags = _appended(hashtags, body, rules.max_hashtags)
    for kept in range(len(tags), -1, -1):
        post = _joined(body, tags[:kept], shown_link)
        if _fits(post, rules):
            return post
    shortened = shorten(body, lambda part: _fits(_joined(part, [], shown_link), rules))
    if not shortened:
        raise PermanentError(f"the text cannot be shortened to what {network} allows without cutting a link")
    return _joined(shortened, [], shown_link)


def _fits(post: str, rules: PostRules) -> bool:
    within_bytes = rules.max_bytes is None or len(post.encode()) <= rules.max_bytes
    return within_bytes and rules.count(post) <= rules.max_length


def _joined(body: str, tags: Iterable[str], link: str | None) -> str:
    parts = (body, " ".join(f"#{tag}" for tag in tags), link)
    return "\n\n".join(part for part in parts if part)


def _tidied(text: str) -> str:
    text = _FORBIDDEN.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"[^\S\n]+", " ", text)
    return re.sub(r" ?\n ?(?:\n ?)+", "\n\n", text).strip()


def _with_at_most(limit: int, body: str) -> str:
    """The body with the hashtags over the limit made plain words."""
    seen = 0

    def plain_when_over(match: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return match.group() if seen <= limit else match.group(1)

    return _HASHTAG.sub(plain_when_over, body)


def _appended(hashtags: Iterable[str], body: str, limit: int) -> list[str]:
    """The hashtags to put below the body: cleaned, none twice, as many as the body leaves room for."""
    inline = hashtags_in(body)
    seen = {tag.casefold() for tag in inline}
    tags: list[str] = []
    for hashtag in hashtags:
        tag = _NOT_IN_A_HASHTAG.sub("", unicodedata.normalize("NFC", hashtag))
        if _HASHTAG.fullmatch(f"#{tag}") and tag.casefold() not in seen:
            seen.add(tag.casefold())
            tags.append(tag)
    return tags[: max(0, limit - len(inline))]
