"""Feeds: RSS and Atom."""

from functions.scraper.parsing.outcome import Limits, read_in_child
from functions.scraper.parsing.results import Entry, ParsedFeed
from functions.shared.domain.context.model import MAX_ITEM_CHARACTERS
from functions.shared.kernel.clock import Clock, rfc3339, utc_now

__all__ = ["Entry", "ParsedFeed", "parse_feed"]

_WORKER = "functions.scraper.parsing.workers.feed"

LIMITS = Limits(seconds=20)


def parse_feed(
    body: bytes, *, url: str, media_type: str, charset: str | None, limits: Limits = LIMITS, clock: Clock = utc_now
) -> ParsedFeed:
    """The feed read from `url`, which its relative links start at; at most its newest 500 entries.

    What is in `body` decides, not `media_type`: too many feeds are sent as HTML or plain text. An entry's text is cut
    to MAX_ITEM_CHARACTERS, and dates that are implausible (before 1990, more than a day ahead) are left out.
    PermanentError: it is no feed, or cannot be read within the limits; TransientError: not tried for lack of resources.
    """
    header = {
        "url": url,
        "charset": charset,
        "most_characters": MAX_ITEM_CHARACTERS,
        "now": rfc3339(clock()),
    }
    return read_in_child(_WORKER, header, body, limits=limits, result=ParsedFeed)
