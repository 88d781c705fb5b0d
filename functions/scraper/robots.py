"""Whether a website wants this program to read a page: its robots.txt, by RFC 9309."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from functions.scraper.answer import AnswerRefused
from functions.scraper.fetch import PRODUCT, Fetch
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import PermanentError, TransientError

KEPT_FOR = timedelta(hours=1)
MAX_BYTES = 512 * 2**10
"""What comes after is not read; RFC 9309 (section 2.5) asks for 500 KiB."""

LONGEST_CRAWL_DELAY = 60.0
"""Seconds. Who asks for more gets that much, or few of a website's sources would ever be read."""

_MOST_KEPT = 200
_AGENT_LINE = re.compile(r"\s*user[\s-]*agent[\s:]*(.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z_-]*", re.IGNORECASE)
_ALLOWS_ALL = ""


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of the websites asked for, each kept for an hour in this process."""

    fetch: Fetch
    clock: Clock
    _kept: OrderedDict[str, tuple[datetime, Protego]] = field(default_factory=OrderedDict)

    def require_allowed(self, url: str) -> None:
        """Raise PermanentError when the rules forbid this page.

        A website that has none (4xx) allows everything. One that cannot say (5xx, no answer) allows nothing for now:
        TransientError, or RateLimited when it says when to come back. Neither is remembered.
        """
        rules = self._rules_of(_origin(url))
        if not rules.can_fetch(url, PRODUCT):
            raise PermanentError(f"its robots.txt asks {PRODUCT} not to read this page")

    def crawl_delay(self, url: str) -> float | None:
        """The Crawl-delay in seconds of a website that was asked before; asks nothing itself.

        It is no part of RFC 9309, but many have it.
        """
        kept = self._kept.get(_origin(url))
        asked = kept[1].crawl_delay(PRODUCT) if kept else None
        return min(asked, LONGEST_CRAWL_DELAY) if asked else None

    def _rules_of(self, origin: str) -> Protego:
        now = self.clock()
        kept = self._kept.get(origin)
        if kept is not None and now < kept[0]:
            return kept[1]
        rules = Protego.parse(_narrowed(self._text_of(origin)))
        self._kept[origin] = (now + KEPT_FOR, rules)
        self._kept.move_to_end(origin)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return rules

    def _text_of(self, origin: str) -> str:
        try:
            found = self.fetch(f"{origin}/robots.txt", accept=("text/plain", "*/*"))
        except AnswerRefused as refused:
            if 400 <= refused.status < 500:
                return _ALLOWS_ALL
            raise PermanentError(f"its robots.txt cannot be read: {refused}") from None
        except TransientError as failed:
            raise TransientError(f"nothing of its website is read until its robots.txt can be: {failed}") from None
        except PermanentError as refused:
            raise PermanentError(f"its robots.txt cannot be read: {refused}") from None
        return found.body[:MAX_BYTES].decode("utf-8-sig", errors="replace")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _narrowed(text: str) -> str:
    """The same rules with all other programs as one, named `other`.

    A name counts when it is this program's (RFC 9309, section 2.2.1), and not when it only begins like it. And what a
    file costs to read grows with its length: not with the number of its programs times the number of its rules.
    """
    return "\n".join(_narrowed_line(line) for line in text.splitlines())


def _narrowed_line(line: str) -> str:
    named = _AGENT_LINE.match(line)
    if named is None:
        return line
    name = named[1].partition("#")[0].strip()
    token = _TOKEN.match(name)
    if name == "*":
        return "User-agent: *"
    return f"User-agent: {PRODUCT if token and token[0].lower() == PRODUCT.lower() else 'other'}"
