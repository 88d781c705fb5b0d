"""Nobody overwrites what they have not seen. Of every kind of thing that people edit."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.shared.kernel.clock import utc_now
from tests.support.api_driver import Driver, make_driver

SETTINGS = "/api/notification-settings"
# Where it is made, with which body, how it is changed, and two changes.
KINDS: dict[str, tuple[str, Any, str, Any, Any]] = {
    "account": ("/api/accounts", {"network": "linkedin", "name": "Acme"}, "PATCH", {"name": "B"}, {"enabled": False}),
    "source": (
        "/api/sources",
        {"kind": "feed", "url": "https://tea.example/feed", "enabled": False},
        "PATCH",
        {"name": "B"},
        {"cron": "rate(2 days)"},
    ),
    "schedule": (
        "/api/schedules",
        {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}, "cron": "rate(1 day)"},
        "PATCH",
        {"payload": {"topic": "Coffee"}},
        {"name": None},
    ),
    "settings": (SETTINGS, None, "PUT", {"emails": ["a@acme.example"]}, {"webhooks": [{"url": "https://h.example/"}]}),
}


@pytest.fixture
def api() -> Driver:
    return make_driver(utc_now)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[str, Any, str, Any, Any]:
    return KINDS[request.param]


def made(api: Driver, where: str, body: Any) -> str:
    """Its address."""
    return where if body is None else api("POST", where, body).headers["Location"].removeprefix("https://api.example")


def test_a_change_of_what_one_has_seen_is_made_and_has_a_tag_of_its_own(api: Driver, kind: Any) -> None:
    where, body, method, change, other = kind
    path = made(api, where, body)
    seen = api("GET", path).headers["ETag"]
    first = api(method, path, change, headers={"if-match": seen})
    assert (first.status, first.headers["ETag"] != seen) == (200, True)
    assert api("GET", path).headers["ETag"] == first.headers["ETag"]
    assert api(method, path, other, headers={"if-match": first.headers["ETag"]}).status == 200


def test_a_change_of_what_somebody_else_has_changed_is_refused_and_changes_nothing(api: Driver, kind: Any) -> None:
    where, body, method, change, other = kind
    path = made(api, where, body)
    seen = api("GET", path).headers["ETag"]
    api(method, path, change)
    before = api("GET", path).json
    refused = api(method, path, other, headers={"if-match": seen})
    assert (refused.status, refused.json["type"]) == (412, "urn:flywheel:problem:stale")
    assert "read it again" in refused.json["detail"]
    assert api("GET", path).json == before


@pytest.mark.parametrize(
    ("header", "status"), [(None, 200), ("*", 200), ('"a", {}', 200), ("W/{}", 412), ('"a"', 412), ("abc", 422)]
)
def test_the_header_is_read_as_http_has_it(api: Driver, kind: Any, header: str | None, status: int) -> None:
    where, body, method, change, _ = kind
    path = made(api, where, body)
    tag = api("GET", path).headers["ETag"]
    headers = {} if header is None else {"if-match": header.format(tag)}
    answer = api(method, path, change, headers=headers)
    assert answer.status == status
    assert answer.fields == (["If-Match"] if status == 422 else [])


def test_what_the_machine_notes_makes_no_edit_stale(api: Driver) -> None:
    where, body, method, change, _ = KINDS["source"]
    path = made(api, where, body)
    seen = api("GET", path).headers["ETag"]
    (source,) = api.sources.of_org("acme")
    fetched = source.model_copy(update={"failures": 2, "updated_at": datetime(2027, 1, 1, tzinfo=UTC)})
    api.sources.replace(source, fetched)
    assert api(method, path, change, headers={"if-match": seen}).status == 200


def test_a_change_that_comes_between_the_look_and_the_write_is_seen(api: Driver) -> None:
    where, body, method, change, _ = KINDS["account"]
    path = made(api, where, body)
    seen = api("GET", path).headers["ETag"]
    accounts, change_stored = api.accounts, api.accounts.change

    def overtaken(org_id: str, account_id: str, apply: Any) -> Any:
        accounts.change = change_stored  # type: ignore[method-assign]
        change_stored(org_id, account_id, lambda known: known.model_copy(update={"enabled": False}))
        return change_stored(org_id, account_id, apply)

    accounts.change = overtaken  # type: ignore[method-assign,assignment]
    assert api(method, path, change, headers={"if-match": seen}).status == 412
    assert api("GET", path).json["name"] == "Acme"
