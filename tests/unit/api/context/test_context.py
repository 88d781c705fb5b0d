from datetime import timedelta

import pytest

from functions.shared.domain.context.model import ContextItem
from functions.shared.kernel.clock import derived_id
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.sources import an_item


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def stored(api: Driver, clock: ManualClock, **changes: object) -> ContextItem:
    """An item newer than all before it."""
    clock.advance(seconds=1)
    item = an_item(clock(), item_id=derived_id(clock(), "item"), **changes)
    api.items.save(item, marks=[item.item_id], expires_at=clock() + timedelta(days=90))
    return item


def listed(api: Driver, **query: str) -> list[str]:
    return [item["item_id"] for item in api("GET", "/api/context", query=query).json["items"]]


def test_an_item_is_listed_by_its_beginning_and_shown_whole(api: Driver, clock: ManualClock) -> None:
    item = stored(api, clock, text="tea " * 200, author="Mei Lin")
    shown = {
        "item_id": item.item_id,
        "origin": "feed",
        "origin_id": "source-1",
        "title": "Tea is back",
        "url": "https://acme.example/tea",
        "author": "Mei Lin",
        "published_at": "2026-11-22T05:00:01.000Z",
        "first_seen_at": "2026-11-22T05:00:01.000Z",
        "changed_at": "2026-11-22T05:00:01.000Z",
        "job_id": "job-1",
        "part": 1,
        "parts": 1,
    }
    summary = {**shown, "excerpt": "tea " * 75, "characters": 800}
    assert api("GET", "/api/context").json == {"items": [summary], "next_cursor": None}
    assert api("GET", f"/api/context/{item.item_id}").json == {**shown, "text": "tea " * 200}


def test_items_come_newest_first_and_a_list_goes_on_with_its_cursor(api: Driver, clock: ManualClock) -> None:
    made = [stored(api, clock).item_id for _ in range(3)]
    first = api("GET", "/api/context", query={"limit": "2"}).json
    second = api("GET", "/api/context", query={"limit": "2", "cursor": first["next_cursor"]}).json
    assert [item["item_id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    for other in ({"claims": RIVAL}, {"query": {"cursor": first["next_cursor"], "source": "source-1"}}):
        answer = api("GET", "/api/context", **{"query": {"cursor": first["next_cursor"]}, **other})
        assert (answer.status, answer.fields) == (422, ["cursor"])


def test_items_of_one_source_or_document_are_found(api: Driver, clock: ManualClock) -> None:
    of_feed = stored(api, clock)
    of_document = stored(api, clock, origin="document", origin_id="document-1", url=None, part=2, parts=3)
    assert listed(api) == [of_document.item_id, of_feed.item_id]
    assert listed(api, source="source-1") == [of_feed.item_id]
    assert listed(api, source="document-1") == [of_document.item_id]
    assert listed(api, source="unknown") == []
    assert listed(api, source="") == [of_document.item_id, of_feed.item_id]


def test_a_filter_that_is_no_id_is_refused(api: Driver) -> None:
    answer = api("GET", "/api/context", query={"source": "a b"})
    assert (answer.status, answer.fields) == (422, ["source"])


def test_a_deleted_item_is_gone(api: Driver, clock: ManualClock) -> None:
    item, kept = stored(api, clock), stored(api, clock)
    path = f"/api/context/{item.item_id}"
    assert api("DELETE", path).status == 204
    assert api("GET", path).status == 404
    assert api("DELETE", path).status == 404
    assert listed(api) == [kept.item_id]


def test_the_items_of_a_source_are_deleted_a_hundred_at_a_time(api: Driver, clock: ManualClock) -> None:
    kept = stored(api, clock, origin_id="source-2")
    for _ in range(101):
        stored(api, clock)
    answers = [api("DELETE", "/api/context", query={"source": "source-1"}) for _ in range(3)]
    assert [(answer.status, *answer.json.values()) for answer in answers] == [
        (200, 100, False),
        (200, 1, True),
        (200, 0, True),
    ]
    assert listed(api) == [kept.item_id]


@pytest.mark.parametrize("query", [{}, {"source": ""}, {"source": "a b"}])
def test_only_the_items_of_one_source_are_deleted_at_once(
    api: Driver, clock: ManualClock, query: dict[str, str]
) -> None:
    item = stored(api, clock)
    answer = api("DELETE", "/api/context", query=query)
    assert (answer.status, answer.fields) == (422, ["source"])
    assert api("DELETE", "/api/context", query={"source": item.origin_id}, claims=RIVAL).json["deleted"] == 0
    assert listed(api) == [item.item_id]


def test_another_organisation_neither_sees_nor_deletes_an_item(api: Driver, clock: ManualClock) -> None:
    item = stored(api, clock)
    path = f"/api/context/{item.item_id}"
    assert api("GET", "/api/context", claims=RIVAL).json["items"] == []
    assert api("GET", "/api/context", query={"source": "source-1"}, claims=RIVAL).json["items"] == []
    assert api("GET", path, claims=RIVAL).status == 404
    assert api("DELETE", path, claims=RIVAL).status == 404
    assert listed(api) == [item.item_id]


@pytest.mark.parametrize("item_id", ["missing", "a b", "%00", "x" * 65])
def test_an_unknown_item_is_not_found(api: Driver, item_id: str) -> None:
    assert api("GET", f"/api/context/{item_id}").status == 404
