"""The main text of a web page by trafilatura, which alone is asked for it here."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # brings no types
from lxml.html import HtmlElement  # type: ignore[import-untyped]  # brings no types
from trafilatura import bare_extraction
from trafilatura.settings import Document

from functions.scraper.parsing.results import ParsedPage
from functions.scraper.parsing.workers.addresses import host_of
from functions.scraper.parsing.workers.charset import decode
from functions.scraper.parsing.workers.markup import parse_html
from functions.scraper.parsing.workers.plain import cleaned, cut, is_binary, one_line
from functions.scraper.parsing.workers.serve import Refused, serve

LEAST_TEXT = 200
"""A page with fewer characters of main text has none: what was found is a notice or a menu."""

MAX_ELEMENTS = 60_000
MAX_CHARACTERS = 2_000_000
"""What stands further down on a page is not looked at. Scripts and pictures do not count."""

_MAX_TITLE = 300
_MAX_AUTHOR = 200
_BULK = ("style", "svg", "template", "object", "iframe", "canvas")
_EARLIEST = date(1990, 1, 1)
_MARKUP = re.compile(r"<\s*[a-zA-Z!]")


def read_page(header: Mapping[str, Any], body: bytes) -> ParsedPage:
    """The article on the page in `body`. Refused: there is none to read."""
    text = decode(body, header["charset"])
    if not text.strip():
        raise Refused("it is empty: check that the address is the page's")
    tree = parse_html(text) if _MARKUP.search(text) and not is_binary(text) else None
    if tree is None:
        raise Refused("it is not a web page: check that the address leads to HTML")
    return _page(tree, header)


def _page(tree: HtmlElement, header: Mapping[str, Any]) -> ParsedPage:
    named = one_line(tree.findtext(".//title") or "", _MAX_TITLE)
    is_feed = any(tree.find(f".//{root}") is not None for root in ("rss", "feed"))
    _lighten(tree)
    latest = datetime.fromisoformat(header["now"]).date() + timedelta(days=1)
    found = _extracted(tree, header["url"], latest)
    if found is None:
        if is_feed:
            raise Refused("it is a feed, not a web page: add it as a feed")
        raise Refused(
            f"no readable text was found on it (fewer than {LEAST_TEXT} characters): perhaps it is made by JavaScript "
            "or needs a login; use a page whose text is in its HTML, or the site's feed"
        )
    return ParsedPage(
        title=_title(tree, one_line(found.title or "", _MAX_TITLE), named) or host_of(header["url"]),
        text=cut(cleaned(found.text or ""), header["most_characters"]),
        author=one_line(found.author or "", _MAX_AUTHOR) or None,
        published_at=_midnight(found.date, latest),
    )


def _extracted(tree: HtmlElement, url: str, latest: date) -> Document | None:
    """What trafilatura finds; where that is next to nothing, as on a firm's front page, what it finds less strictly."""
    for less_strictly in (False, True):
        found = bare_extraction(
            tree,
            url=url,
            with_metadata=True,
            include_comments=False,
            favor_recall=less_strictly,
            # Only dates that the page states as its own: a year found in the text may be anybody's.
            date_extraction_params={"original_date": True, "extensive_search": False, "max_date": latest.isoformat()},
        )
        if isinstance(found, Document) and len(cleaned(found.text or "")) >= LEAST_TEXT:
            return found
    return None


def _title(tree: HtmlElement, found: str, named: str) -> str:
    """A page of several articles goes by its own name, not by the first one's heading."""
    is_one = len(tree.findall(".//h1")) == 1 or tree.find(".//meta[@property='og:title']") is not None
    return found if found and (is_one or not named or found in named) else named


def _lighten(tree: HtmlElement) -> None:
    """Take out what holds no text, and what stands beyond the limits. Structured data stays: dates are in there."""
    etree.strip_elements(tree, *_BULK, with_tail=False)
    for script in list(tree.iter("script")):
        if "json" not in (script.get("type") or "").lower() or len(script.text or "") > MAX_CHARACTERS:
            script.drop_tree()
    characters = 0
    for number, element in enumerate(tree.iter()):
        characters += len(element.text or "") + len(element.tail or "")
        if characters > MAX_CHARACTERS or number >= MAX_ELEMENTS:
            over = max(0, characters - MAX_CHARACTERS)
            element.text = (element.text or "")[: len(element.text or "") - over]
            _drop_after(element)
            return


def _drop_after(element: HtmlElement) -> None:
    """Remove what follows an element in the document."""
    del element[:]
    element.tail = None
    while (parent := element.getparent()) is not None:
        del parent[parent.index(element) + 1 :]
        element = parent


def _midnight(found: str | None, latest: date) -> datetime | None:
    """The day a page states, at its beginning in UTC."""
    try:
        day = date.fromisoformat(found or "")
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if _EARLIEST <= day <= latest else None


if __name__ == "__main__":
    serve(read_page)
