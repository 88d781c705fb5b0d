"""What Facebook allows in a post."""

from functions.shared.networks.length import characters
from functions.shared.networks.rules import PostRules

RULES = PostRules(
    max_length=2000,  # Facebook itself takes 63,206 characters; its feed folds a post long before
    count=characters,
    max_hashtags=3,
    links_clickable=True,
    style="Conversational, two or three short paragraphs, ending in a question to readers.",
)
