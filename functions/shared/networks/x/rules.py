"""What X allows in a post, how long it counts it, what it is sent and what that costs.

Counting: https://docs.x.com/fundamentals/counting-characters. Its reference implementation decides what is a link by a
list of top-level domains, which is not carried here: a bare word that looks like a domain (`next.Then`) counts as a
link or as its letters, whichever is more. The count is exact otherwise, and never too low.
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from functions.shared.networks.length import clusters, link_spans
from functions.shared.networks.rules import PostRules

CREATE_PATH = "/2/tweets"
X_LINK_LENGTH = 23

# Pay-per-use prices in US dollars: https://docs.x.com/x-api/getting-started/pricing
PRICE_OF_POST = Decimal("0.015")
PRICE_OF_POST_WITH_LINK = Decimal("0.20")

_RESERVED_DOMAINS = ("localhost", "local", "internal", "test", "example", "invalid")

# Code points X counts as one; all others count as two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_EMOJI_JOINERS = re.compile("[\u200d\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")


def create_body(text: str) -> dict[str, Any]:
    """The JSON of `POST /2/tweets`. The text is a language model's, which X asks to be told."""
    return {"text": text, "made_with_ai": True}


def price(text: str) -> Decimal:
    """What X charges for posting this text."""
    return PRICE_OF_POST_WITH_LINK if link_spans(text) else PRICE_OF_POST


def request_of(text: str, base_url: str) -> Mapping[str, Any]:
    """The whole request that would post this text, without its secret, and its price."""
    return {
        "method": "POST",
        "url": f"{base_url}{CREATE_PATH}",
        "headers": {"Authorization": "Bearer <access token>", "Content-Type": "application/json"},
        "body": create_body(text),
        "estimated_price_usd": str(price(text)),
    }


def x_weight(text: str) -> int:
    """Weighted length on X: most letters 1, other scripts and emoji 2, a link 23."""
    text = unicodedata.normalize("NFC", text)
    total = 0
    position = 0
    for start, end in link_spans(text):
        total += _plain_weight(text[position:start]) + _link_weight(text[start:end])
        position = end
    return total + _plain_weight(text[position:])


def _link_weight(link: str) -> int:
    literal = _plain_weight(link)
    if not link.lower().startswith(("http://", "https://")):
        return max(X_LINK_LENGTH, literal)
    host = link.split("/")[2].rsplit(":", 1)[0].lower()
    top_level = host.rpartition(".")[2]
    is_linked = "." in host and top_level not in _RESERVED_DOMAINS and not top_level.isdigit()
    return X_LINK_LENGTH if is_linked else literal


def _plain_weight(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_cluster_weight(cluster) for cluster in clusters(text))


def _cluster_weight(cluster: str) -> int:
    # In Indic scripts a zero-width joiner stands between letters and makes no emoji.
    if len(cluster) > 1 and not cluster[0].isalpha() and _EMOJI_JOINERS.search(cluster):
        return 2
    return sum(1 if any(low <= ord(point) <= high for low, high in _LIGHT) else 2 for point in cluster)


RULES = PostRules(
    max_length=280,
    count=x_weight,
    max_hashtags=2,
    links_clickable=True,
    style="One sharp point, the figure or the surprise first; one or two sentences.",
    request=request_of,
)
