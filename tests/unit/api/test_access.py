"""Every route is in the table, and every group may do what the table says and no more."""

import re

import pytest

from functions.api.access import ROUTES, Access, access_to
from functions.api.app import Api
from tests.support.api_driver import ACME, EDITOR, OPERATOR, RIVAL, VIEWER, Driver, make_driver
from tests.support.clock import ManualClock

GROUPS = {"viewers": VIEWER, "none": EDITOR, "admins": ACME, "operators": {**OPERATOR, "custom:org_id": "acme"}}
MAY = {
    Access.READ: {"viewers", "none", "admins", "operators"},
    Access.EDIT: {"none", "admins", "operators"},
    Access.ADMINISTER: {"admins", "operators"},
}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def routes(api: Api) -> set[tuple[str, str]]:
    """Each route's method and pattern, as it was registered."""
    return {
        (method, pattern)
        for pattern, methods in api._resolver._methods.items()
        for method in methods
        if pattern.startswith("/api/")
    }


def test_every_route_is_in_the_table_and_nothing_else_is(api: Driver) -> None:
    known = {(method, re.sub(r"<\w+>", "[^/]+", path)) for method, path in ROUTES}
    assert known == routes(api.api)
    assert len(known) == len(ROUTES)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_group_may_make_the_calls_that_the_table_gives_it_and_no_others(
    api: Driver, method: str, path: str, group: str
) -> None:
    answer = api(method, re.sub(r"<\w+>", "some-id", path), {} if method[0] == "P" else None, claims=GROUPS[group])
    assert (answer.status != 403) == (group in MAY[ROUTES[method, path]]), answer.text


def test_what_is_no_call_is_answered_as_that_to_everybody(api: Driver) -> None:
    assert [api("GET", "/api/nonsense", claims=each).status for each in GROUPS.values()] == [404] * 4
    assert api("DELETE", "/api/stats", claims=VIEWER).status == 405
    assert access_to("GET", "/api/nonsense") is None


def test_a_route_that_nobody_thought_of_is_closed(api: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.api.access.ROUTES", {})
    assert api("GET", "/api/jobs", claims=OPERATOR).status == 403


@pytest.mark.parametrize("claims", [EDITOR, ACME, RIVAL, VIEWER])
def test_nobody_but_operators_sees_beyond_their_organisation(api: Driver, claims: dict[str, str]) -> None:
    job_id = api(
        "POST",
        "/api/jobs",
        {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}},
        claims={**EDITOR, "custom:org_id": "third"},
    ).json["job_id"]
    for path in ("/api/jobs", "/api/stats"):
        assert api("GET", path, query={"org_id": "third"}, claims=claims).status == 403
    assert api("GET", f"/api/jobs/{job_id}", claims=claims).status == 404
    assert api("GET", "/api/stats", claims=claims).json["queues"] is None
    if claims is not VIEWER:
        assert api("DELETE", f"/api/jobs/{job_id}", claims=claims).status == 404
        assert api("POST", f"/api/jobs/{job_id}/retry", claims=claims).status == 404
    assert api("GET", "/api/jobs", query={"org_id": "third"}, claims=OPERATOR).json["items"][0]["job_id"] == job_id
