"""What Mastodon allows in a post, and how long it counts it: https://docs.joinmastodon.org/user/posting/."""

from functions.shared.networks.length import ADDRESS, graphemes
from functions.shared.networks.rules import PostRules

MASTODON_LINK_LENGTH = 23


def mastodon_length(text: str) -> int:
    """Graphemes, a link with a scheme counting 23."""
    return graphemes(ADDRESS.sub("x" * MASTODON_LINK_LENGTH, text))


RULES = PostRules(
    max_length=500,
    count=mastodon_length,
    max_hashtags=5,
    links_clickable=True,
    style="Informative and calm, two or three sentences.",
)
