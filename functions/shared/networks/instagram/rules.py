"""What Instagram allows in a caption."""

from functions.shared.networks.length import characters
from functions.shared.networks.rules import PostRules

RULES = PostRules(
    max_length=2200,
    count=characters,
    max_hashtags=30,
    links_clickable=False,
    style="A caption: a hook in the first line, short lines, up to eight specific hashtags.",
)
