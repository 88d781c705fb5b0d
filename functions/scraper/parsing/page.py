"""Web pages."""

from functions.scraper.parsing.outcome import Limits, read_in_child
from functions.scraper.parsing.results import ParsedPage
from functions.shared.domain.context.model import MAX_ITEM_CHARACTERS
from functions.shared.kernel.clock import Clock, rfc3339, utc_now

__all__ = ["ParsedPage", "parse_page"]

_WORKER = "functions.scraper.parsing.workers.page"

LIMITS = Limits(seconds=20)


def parse_page(
    body: bytes, *, url: str, media_type: str, charset: str | None, limits: Limits = LIMITS, clock: Clock = utc_now
) -> ParsedPage:
    """The main text of the page read from `url`, cut to MAX_ITEM_CHARACTERS. What is in `body` decides.

    `published_at` is the day the page states as its own, at midnight UTC. Of a very large page only the first
    2,000,000 characters and 60,000 elements are looked at.
    PermanentError: it has no readable text, or cannot be read within the limits; TransientError: not tried for lack
    of resources.
    """
    header = {
        "url": url,
        "charset": charset,
        "most_characters": MAX_ITEM_CHARACTERS,
        "now": rfc3339(clock()),
    }
    return read_in_child(_WORKER, header, body, limits=limits, result=ParsedPage)
