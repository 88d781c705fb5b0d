from typing import Any

import pytest

from functions.api.identity import OF_NO_CUSTOMER, caller_of, groups_of
from functions.api.refusals import Forbidden, Unauthenticated
from tests.support.api_driver import ACME, EDITOR, OPERATOR, Driver, http_event, make_driver
from tests.support.clock import ManualClock


@pytest.mark.parametrize(
    ("raw", "groups"),
    [
        ("[admins]", {"admins"}),
        ("[admins editors]", {"admins", "editors"}),
        ("[not-admins]", {"not-admins"}),
        ("[x,admins]", {"x,admins"}),
        ("[editors, admins,]", {"editors,", "admins,"}),
        ('["admins"]', {'"admins"'}),
        ("[[admins]]", {"[admins]"}),
        ("[Admins ADMINS admins\u200b]", {"Admins", "ADMINS", "admins\u200b"}),
        ("[\tadmins\xa0operators]", {"\tadmins\xa0operators"}),
        ("admins", set()),
        ("editors admins", set()),
        ("[]", set()),
        ("", set()),
        (None, set()),
        (7, set()),
        ({"admins": True}, set()),
    ],
)
def test_groups_are_read_by_their_exact_names(raw: object, groups: set[str]) -> None:
    found = groups_of({"cognito:groups": raw})
    assert found == groups
    assert ("admins" in found) == (isinstance(raw, str) and "admins" in groups)


def test_the_organisation_comes_from_the_token() -> None:
    caller = caller_of(http_event("GET", "/api/jobs", claims={**ACME, "cognito:groups": "[admins]"}))
    assert (caller.org_id, caller.user_id, caller.is_admin) == ("acme", "user-1", True)


def test_a_user_without_the_group_is_no_administrator() -> None:
    assert not caller_of(http_event("GET", "/api/jobs", claims=EDITOR)).is_admin
    assert not caller_of(http_event("GET", "/", claims={**ACME, "cognito:groups": "[admins2 superadmins]"})).is_admin


@pytest.mark.parametrize("org_id", [None, "", "a b", "ORG#acme", "a" * 65, 5, ["acme"]])
def test_a_token_without_a_fit_organisation_is_forbidden(org_id: Any) -> None:
    with pytest.raises(Forbidden, match="custom:org_id"):
        caller_of(http_event("GET", "/api/jobs", claims={"sub": "user-1", "custom:org_id": org_id}))


def test_no_claims_are_no_caller() -> None:
    with pytest.raises(Unauthenticated):
        caller_of(http_event("GET", "/api/jobs", claims=None))


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


CALLS = [
    ("POST", "/api/ai/generate"),
    ("GET", "/api/ai/generate/status/j"),
    ("POST", "/api/jobs"),
    ("GET", "/api/jobs"),
    ("GET", "/api/jobs/j"),
    ("DELETE", "/api/jobs/j"),
    ("POST", "/api/jobs/j/retry"),
    ("GET", "/api/content"),
    ("GET", "/api/content/c"),
    ("POST", "/api/accounts"),
    ("GET", "/api/accounts"),
    ("GET", "/api/accounts/a"),
    ("DELETE", "/api/accounts/a"),
    ("GET", "/api/health"),
    ("GET", "/api/unknown"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_needs_a_token_before_anything_else(api: Driver, method: str, path: str) -> None:
    answer = api(method, path, body="{", claims=None)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_needs_an_organisation(api: Driver, method: str, path: str) -> None:
    answer = api(method, path, body="{", claims={"sub": "user-1"})
    assert (answer.status, "custom:org_id" in answer.json["detail"]) == (403, True)


def test_an_organisation_in_path_query_or_header_changes_nothing(api: Driver) -> None:
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}, headers={"x-org-id": "rival"}).json["job_id"]
    assert ("acme", job_id) in api.jobs.jobs


def test_an_operator_of_no_customer_needs_no_organisation_and_nobody_elses_is_theirs() -> None:
    caller = caller_of(http_event("GET", "/", claims=OPERATOR))
    assert (caller.org_id, caller.is_operator, caller.is_admin, caller.is_viewer) == (OF_NO_CUSTOMER, True, True, False)


@pytest.mark.parametrize(
    ("groups", "rights"),
    [
        ("[viewers]", (False, False, True)),
        ("[viewers admins]", (False, True, False)),
        ("[viewers operators]", (True, True, False)),
        ("[editors]", (False, False, False)),
    ],
)
def test_the_strongest_group_counts(groups: str, rights: tuple[bool, bool, bool]) -> None:
    caller = caller_of(http_event("GET", "/", claims={**EDITOR, "cognito:groups": groups}))
    assert (caller.is_operator, caller.is_admin, caller.is_viewer) == rights
