"""Polymarket's Gamma API (https://docs.polymarket.com): public, without a key."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import httpx2

from functions.pseo_generator.markets.normalise import UnusableEvent, normalise
from functions.pseo_generator.markets.source import Trending, Unusable
from functions.shared.domain.market import MarketEvent
from functions.shared.kernel.circuits.breaker import Guard, Sign, Unguarded
from functions.shared.kernel.clock import Clock, utc_now
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.log import log

EVENT_URL = "https://polymarket.com/event/{slug}"
_PAGE_SIZE = 20
_MAX_PAGES = 10
_MAX_BYTES = 16_000_000
_REFUSED_BY_PLACE = (403, 451)


class Unreachable(TransientError):
    """The service cannot be reached from here, or is down."""


class Down(Unreachable):
    """The service itself is at fault: no answer in time, no connection, or one of 500 and above."""


@cache
def default_client() -> httpx2.Client:
    """One client per container: making its TLS context takes a sixth of a second."""
    return httpx2.Client(timeout=httpx2.Timeout(10, connect=5), headers={"Accept": "application/json"}, trust_env=False)


@dataclass(frozen=True, slots=True)
class Polymarket:
    """Implements MarketSource. `deadline` is how many seconds one request may take, trickling answers included."""

    base_url: str
    clock: Clock = utc_now
    client: Callable[[], httpx2.Client] = default_client
    deadline: float = 25.0
    monotonic: Callable[[], float] = field(default=time.monotonic)
    circuit: Guard = field(default_factory=Unguarded)

    def trending(self, limit: int) -> Trending:
        captured_at = self.clock()
        events: dict[str, MarketEvent] = {}
        unusable: list[Unusable] = []
        for raw in self._open_events():
            event = self._usable(raw, unusable)
            if event is not None:
                events.setdefault(event.event_id, event)
            if len(events) == limit:
                break
        return Trending("polymarket", captured_at, tuple(events.values()), tuple(unusable))

    def by_slug(self, slug: str) -> MarketEvent:
        raw = self._get(f"/events/slug/{slug}", {}, missing=f"Polymarket has no event {slug}")
        try:
            return self._normalised(raw)
        except UnusableEvent as reason:
            raise PermanentError(f"no page can be made of the event {slug}: {reason}") from None

    def _usable(self, raw: Any, unusable: list[Unusable]) -> MarketEvent | None:
        try:
            return self._normalised(raw)
        except UnusableEvent as reason:
            slug = str(raw.get("slug", "?"))[:200] if isinstance(raw, Mapping) else "?"
            unusable.append(Unusable(slug, str(reason)))
            log.warning("event skipped", action="event_unusable", slug=slug, reason=str(reason))
            return None

    def _normalised(self, raw: Any) -> MarketEvent:
        slug = raw.get("slug") if isinstance(raw, Mapping) else None
        return normalise(raw, origin="polymarket", url=EVENT_URL.format(slug=slug), captured_at=self.clock())

    def _open_events(self) -> Iterator[Any]:
        """Every open event, most traded first, over as many pages as are asked for.

        The next page is named by `after_cursor`; no cursor ends the list. A cursor seen before would loop.
        """
        filters = {"closed": "false", "order": "volume24hr", "ascending": "false", "limit": str(_PAGE_SIZE)}
        seen: set[str] = set()
        for _ in range(_MAX_PAGES):
            answer = self._get("/events/keyset", filters)
            events = answer.get("events") if isinstance(answer, Mapping) else None
            if not isinstance(events, list):
                raise TransientError("Polymarket's answer holds no list of events")
            yield from events
            cursor = answer.get("next_cursor")
            if not cursor or not events or str(cursor) in seen:
                return
            seen.add(str(cursor))
            filters["after_cursor"] = str(cursor)

    def _get(self, path: str, parameters: Mapping[str, str], *, missing: str | None = None) -> Any:
        with self.circuit.guard(_sign):
            body = self._fetched(path, parameters, missing)
        try:
            return json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise TransientError("Polymarket's answer is not JSON") from None

    def _fetched(self, path: str, parameters: Mapping[str, str], missing: str | None) -> bytes:
        ends = self.monotonic() + self.deadline
        try:
            with self.client().stream("GET", self.base_url.rstrip("/") + path, params=dict(parameters)) as response:
                _require_success(response.status_code, missing)
                return self._body(response, ends)
        except httpx2.RequestError as error:
            raise Down(f"Polymarket cannot be reached: {type(error).__name__}") from error

    def _body(self, response: httpx2.Response, ends: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _MAX_BYTES:
                raise TransientError(f"Polymarket's answer is larger than {_MAX_BYTES} bytes")
            if self.monotonic() > ends:
                raise Down(f"Polymarket's answer took longer than {self.deadline:g} seconds")
        return bytes(body)


def _sign(error: Exception) -> Sign:
    return Sign.FAULT if isinstance(error, Down) else Sign.ANSWER


def _require_success(status: int, missing: str | None) -> None:
    if status == 200:
        return
    if status == 404 and missing is not None:
        raise PermanentError(missing)
    if status >= 500:
        raise Down(f"Polymarket answered {status}")
    if status in _REFUSED_BY_PLACE:
        raise Unreachable(f"Polymarket answered {status}")
    if status in (408, 425, 429) or status < 400:
        raise TransientError(f"Polymarket answered {status}")
    raise PermanentError(f"Polymarket refused the request with {status}; its API may have changed")
