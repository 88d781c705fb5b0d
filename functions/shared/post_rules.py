"""What each network allows in a post, as data, and how a post is put together within it."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from functions.shared.errors import PermanentError
from functions.shared.networks import Network
from functions.shared.post_length import characters, graphemes, linkedin_length, mastodon_length, x_weight
from functions.shared.post_shorten import shorten

_HASHTAG = re.compile(r"(?<![\w&/#])#(\w*[^\W\d_]\w*)")
_NOT_IN_A_HASHTAG = re.compile(r"\W+")
# Lone surrogates, private controls and the non-characters that X refuses.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\ufeff]")


@dataclass(frozen=True, slots=True)
class PostRules:
    """One network's rules.

    `max_length` is in the network's own counting, done by `count`. `links_clickable` tells whether an address in
    the text can be followed: where it cannot, none is put in. `style` is said to the writer.
    """

    max_length: int
    count: Callable[[str], int]
    max_hashtags: int
    links_clickable: bool
    style: str
    max_bytes: int | None = None


RULES: dict[Network, PostRules] = {
    Network.TWITTER: PostRules(
        280, x_weight, 2, True, "One sharp point, the figure or the surprise first; one or two sentences."
    ),
    Network.LINKEDIN: PostRules(
        3000,
        linkedin_length,
        5,
        True,
        "A first line that stands alone, then two to four short paragraphs on why it matters.",
    ),
    # Facebook itself takes 63,206 characters; its feed folds a post long before.
    Network.FACEBOOK: PostRules(
        2000, characters, 3, True, "Conversational, two or three short paragraphs, ending in a question to readers."
    ),
    Network.INSTAGRAM: PostRules(
        2200, characters, 30, False, "A caption: a hook in the first line, short lines, up to eight specific hashtags."
    ),
    Network.BLUESKY: PostRules(
        300, graphemes, 3, True, "Plain-spoken and specific, one or two sentences.", max_bytes=3000
    ),
    Network.MASTODON: PostRules(500, mastodon_length, 5, True, "Informative and calm, two or three sentences."),
}


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
