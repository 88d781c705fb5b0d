"""What it takes to read what strangers send: a child process for each reading, of ordinary input and of hostile."""

from collections.abc import Callable
from typing import Any

from functions.scraper.parsing.child import Ran
from functions.scraper.parsing.document import parse_document
from functions.scraper.parsing.feed import parse_feed
from functions.scraper.parsing.outcome import Limits
from functions.scraper.parsing.page import parse_page
from functions.shared.kernel.errors import FlywheelError
from tests.support.foreign import attributes, entity_bomb

MB_LIMIT = 400
_SECONDS = 20
_ENTRY = (
    "<item><guid>{0}</guid><title>Tea number {0}</title><description>About tea, at length. {0}</description></item>"
)
_PARAGRAPH = "<p>Infusion {0} is the best one, when the leaf is open and the cup still warm from the second.</p>"


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, value and limit. The first is the baseline of the others: a child that reads one line of text."""
    base, _ = _observed(lambda limits: _as_text(b"Tea.", limits))
    rows = [("a child that reads a word", f"{base.seconds * 1000:.0f} ms, {_memory(base)}", "the baseline")]
    for name, read in _readings().items():
        ran, outcome = _observed(read)
        took = f"{ran.seconds / base.seconds:.1f} x, {_memory(ran)}"
        rows.append((name, took, f"<= {_SECONDS} s, {MB_LIMIT} MB; {outcome}"))
    return rows


def _memory(ran: Ran) -> str:
    """A child that was ended could not tell."""
    return f"{ran.peak_mb:.0f} MB" if ran.peak_mb else "ended"


def _readings() -> dict[str, Callable[[Limits], Any]]:
    feed = _feed("".join(_ENTRY.format(number) for number in range(500)))
    return {
        "a feed of 500 entries": lambda limits: _as_feed(feed, limits),
        "a page of 40 KB": lambda limits: _as_page(_page(400), limits),
        "a page of 2 MB": lambda limits: _as_page(_page(20_000), limits),
        "a text of 1 MB": lambda limits: _as_text(b"Tea and more tea.\n\n" * 55_000, limits),
        "an entity bomb": lambda limits: _as_feed(f"{entity_bomb('rss')}<rss>&a9;</rss>".encode(), limits),
        "a flood of 16,000 attributes": lambda limits: _as_feed(_feed(f"<item {attributes(16_000)}/>"), limits),
        "15 MB of nested tags": lambda limits: _as_feed(_feed("<a>" * 5_000_000), limits),
    }


def _observed(read: Callable[[Limits], Any]) -> tuple[Ran, str]:
    runs: list[Ran] = []
    try:
        read(Limits(seconds=_SECONDS, observe=runs.append))
        outcome = "read"
    except FlywheelError as error:
        outcome = error.reason.partition(":")[0]
    return runs[0], outcome


def _as_text(body: bytes, limits: Limits) -> object:
    return parse_document(body, media_type="text/plain", name="tea.txt", limits=limits)


def _as_feed(body: bytes, limits: Limits) -> object:
    return parse_feed(body, url="https://tea.example/", media_type="text/xml", charset="utf-8", limits=limits)


def _as_page(body: bytes, limits: Limits) -> object:
    return parse_page(body, url="https://tea.example/", media_type="text/html", charset="utf-8", limits=limits)


def _feed(items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Tea</title>{items}</channel></rss>".encode()


def _page(paragraphs: int) -> bytes:
    article = "".join(_PARAGRAPH.format(number) for number in range(paragraphs))
    return f"<html><head><title>Tea</title></head><body><article><h1>Tea</h1>{article}</article></body></html>".encode()
