"""What every call that changes something refuses alike."""

from typing import Any

import pytest

from tests.support.api_driver import Driver, make_driver
from tests.support.clock import ManualClock

SOURCE = {"kind": "feed", "url": "https://tea.example/feed.xml"}
SCHEDULE = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}, "cron": "rate(1 hour)"}
ACCOUNT = {"network": "linkedin", "name": "Acme"}
MADE = [("/api/sources", "source_id", SOURCE), ("/api/schedules", "schedule_id", SCHEDULE)]


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


@pytest.fixture(params=[*MADE, ("/api/accounts", "account_id", ACCOUNT)], ids=["source", "schedule", "account"])
def path(request: pytest.FixtureRequest, api: Driver) -> str:
    """The path of a thing that can be changed."""
    collection, key, body = request.param
    return f"{collection}/{api('POST', collection, body).json[key]}"


def test_a_change_of_nothing_is_refused_by_what_could_be_changed(api: Driver, path: str, clock: ManualClock) -> None:
    before = api("GET", path).json
    clock.advance(seconds=5)
    answer = api("PATCH", path, {})
    assert (answer.status, answer.fields) == (422, ["body"])
    assert "enabled" in answer.json["errors"][0]["message"]
    assert api("GET", path).json == before


@pytest.mark.parametrize("given", ["no", "false", 0, 1, "on"])
def test_a_switch_is_true_or_false(api: Driver, path: str, given: object) -> None:
    answer = api("PATCH", path, {"enabled": given})
    assert (answer.status, answer.fields) == (422, ["enabled"])


@pytest.mark.parametrize(("collection", "body"), [(collection, body) for collection, _, body in MADE])
def test_a_switch_is_true_or_false_from_the_start(api: Driver, collection: str, body: dict[str, Any]) -> None:
    answer = api("POST", collection, {**body, "enabled": "no"})
    assert (answer.status, answer.fields) == (422, ["enabled"])


def test_a_null_among_changes_is_not_passed_over(api: Driver, path: str) -> None:
    answer = api("PATCH", path, {"enabled": None, "name": "Tea"})
    assert (answer.status, answer.fields) == (422, ["enabled"])


def test_the_size_of_a_document_is_a_number(api: Driver) -> None:
    answer = api("POST", "/api/documents", {"name": "tea.md", "media_type": "text/markdown", "size": "5"})
    assert (answer.status, answer.fields) == (422, ["size"])
