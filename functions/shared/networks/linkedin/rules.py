"""What LinkedIn allows in a post, and how long it counts it."""

import re

from functions.shared.networks.rules import PostRules

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")


def linkedin_escaped(text: str) -> str:
    """The text as LinkedIn must be sent it: an unescaped reserved character silently cuts the post off there."""
    return _RESERVED.sub(r"\\\g<0>", text)


def linkedin_length(text: str) -> int:
    """Characters after escaping."""
    return len(linkedin_escaped(text))


RULES = PostRules(
    max_length=3000,
    count=linkedin_length,
    max_hashtags=5,
    links_clickable=True,
    style="A first line that stands alone, then two to four short paragraphs on why it matters.",
)
