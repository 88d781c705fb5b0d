"""What Bluesky allows in a post."""

from functions.shared.networks.length import graphemes
from functions.shared.networks.rules import PostRules

RULES = PostRules(
    max_length=300,
    count=graphemes,
    max_hashtags=3,
    links_clickable=True,
    style="Plain-spoken and specific, one or two sentences.",
    max_bytes=3000,
)
