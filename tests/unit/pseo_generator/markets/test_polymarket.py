"""Reading Polymarket's list: what must neither loop, nor crash, nor grow without bound."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from functions.pseo_generator.markets.polymarket import Polymarket
from functions.pseo_generator.markets.remembered import Remembered
from functions.pseo_generator.markets.source import Trending
from functions.shared.domain.market import MarketEvent
from functions.shared.kernel.errors import TransientError
from tests.support.clock import ManualClock
from tests.support.standins.polymarket import sample_events

Respond = Callable[[httpx2.Request], httpx2.Response]
EVENT = sample_events()[0]


class _Clients:
    def __init__(self) -> None:
        self.made: list[httpx2.Client] = []

    def __call__(self, respond: Respond) -> Callable[[], httpx2.Client]:
        client = httpx2.Client(transport=httpx2.MockTransport(respond))
        self.made.append(client)
        return lambda: client


@pytest.fixture
def clients() -> Iterator[_Clients]:
    clients = _Clients()
    yield clients
    for client in clients.made:
        client.close()


def _answer(events: list[Any], cursor: str | None = None) -> httpx2.Response:
    content: Mapping[str, Any] = {"events": events} | ({"next_cursor": cursor} if cursor else {})
    return httpx2.Response(200, content=json.dumps(content).encode())


def test_a_cursor_that_comes_again_ends_the_list(clients: _Clients, clock: ManualClock) -> None:
    asked: list[str] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return _answer([EVENT], cursor="same")

    trending = Polymarket("https://gamma.example", clock=clock, client=clients(respond)).trending(50)
    assert len(asked) == 2
    assert [event.slug for event in trending.events] == [EVENT["slug"]]


def test_an_endless_list_is_read_for_ten_pages(clients: _Clients, clock: ManualClock) -> None:
    asked: list[str] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return _answer([EVENT], cursor=str(len(asked)))

    Polymarket("https://gamma.example", clock=clock, client=clients(respond)).trending(50)
    assert len(asked) == 10


def test_an_unusable_event_is_counted_with_its_reason_and_leaves_the_others(
    clients: _Clients, clock: ManualClock
) -> None:
    broken: list[Any] = [None, 7, {"slug": "no-markets"}, {**EVENT, "title": ""}, EVENT]
    trending = Polymarket("https://gamma.example", clock=clock, client=clients(lambda _: _answer(broken))).trending(5)
    assert [event.slug for event in trending.events] == [EVENT["slug"]]
    assert [(each.slug, each.reason) for each in trending.unusable] == [
        ("?", "it is not an object"),
        ("?", "it is not an object"),
        ("no-markets", "it has no markets"),
        (EVENT["slug"], "it has no title"),
    ]


def test_a_huge_answer_is_cut_off(clients: _Clients, clock: ManualClock) -> None:
    def respond(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=(b" " * 1_000_000 for _ in range(1000)))

    with pytest.raises(TransientError, match="larger than"):
        Polymarket("https://gamma.example", clock=clock, client=clients(respond)).trending(5)


def test_organisations_of_one_tick_share_one_look_at_the_markets(clock: ManualClock) -> None:
    class Counting:
        asked = 0

        def trending(self, limit: int) -> Trending:
            self.asked += 1
            return Trending("sample", clock(), ())

        def by_slug(self, slug: str) -> MarketEvent:
            raise AssertionError(slug)

    counting = Counting()
    source = Remembered(counting, clock=clock, lifetime=timedelta(minutes=2))
    source.trending(5)
    source.trending(5)
    assert counting.asked == 1
    clock.advance(minutes=2)
    source.trending(5)
    source.trending(7)
    assert counting.asked == 3
