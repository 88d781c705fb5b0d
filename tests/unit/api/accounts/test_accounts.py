from dataclasses import dataclass

import pytest

from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.kernel.errors import TransientError
from tests.support.api_driver import RIVAL, Driver, log_lines, make_driver
from tests.support.clock import ManualClock

TOKEN = "tok-3f9a-access"
ON_X = {"network": "x", "name": "Acme", "access_token": TOKEN, "refresh_token": "tok-3f9a-refresh"}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def test_an_account_on_x_keeps_its_tokens_in_the_secret_store_only(api: Driver) -> None:
    answer = api("POST", "/api/accounts", ON_X)
    account_id = answer.json["account_id"]
    assert answer.status == 201
    assert answer.headers["Location"] == f"https://api.example/api/accounts/{account_id}"
    assert answer.json == {
        "account_id": account_id,
        "network": "twitter",
        "name": "Acme",
        "publisher": "x",
        "enabled": True,
        "created_at": "2026-11-22T05:00:00.000Z",
        "handle": None,
        "state": "connected",
        "state_reason": None,
        "state_since": None,
        "token_expires_at": None,
    }
    secret_id = f"flywheel/accounts/acme/{account_id}"
    assert api.secrets.values == {secret_id: {"access_token": TOKEN, "refresh_token": "tok-3f9a-refresh"}}
    assert api.accounts.stored["acme", account_id].secret_id == secret_id


def test_tokens_are_in_no_answer_and_no_log_line(api: Driver) -> None:
    with log_lines() as written:
        account_id = api("POST", "/api/accounts", ON_X).json["account_id"]
        texts = [
            api("GET", f"/api/accounts/{account_id}").text,
            api("GET", "/api/accounts").text,
            api("POST", "/api/accounts", {**ON_X, "publisher": "preview"}).text,
            api("POST", "/api/accounts", {**ON_X, "name": 5}).text,
            api("POST", "/api/accounts", {**ON_X, "access_token": f"{TOKEN}\n"}).text,
        ]
    assert "account connected" in written.getvalue()
    assert all("tok-3f9a" not in text for text in (*texts, written.getvalue()))


@pytest.mark.parametrize("network", ["linkedin", "facebook", "instagram", "bluesky", "mastodon"])
def test_other_networks_are_previewed_by_default(api: Driver, network: str) -> None:
    answer = api("POST", "/api/accounts", {"network": network, "name": "Acme"})
    assert (answer.status, answer.json["publisher"]) == (201, "preview")
    assert not api.secrets.values


def test_twitter_can_be_previewed(api: Driver) -> None:
    answer = api("POST", "/api/accounts", {"network": "twitter", "name": "Acme", "publisher": "preview"})
    assert (answer.status, answer.json["publisher"]) == (201, "preview")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["network", "name"]),
        ({"network": "twitter", "name": "Acme"}, ["access_token"]),
        ({"network": "twitter", "name": "Acme", "publisher": "x", "access_token": ""}, ["access_token"]),
        ({"network": "twitter", "name": "Acme", "access_token": "a b"}, ["access_token"]),
        ({"network": "twitter", "name": "Acme", "access_token": "a" * 4097}, ["access_token"]),
        ({"network": "twitter", "name": "Acme", "access_token": 5}, ["access_token"]),
        ({"network": "linkedin", "name": "Acme", "publisher": "x", "access_token": "tok"}, ["publisher"]),
        ({"network": "linkedin", "name": "Acme", "access_token": "tok"}, ["access_token"]),
        ({"network": "linkedin", "name": "Acme", "publisher": "linkedin"}, ["publisher"]),
        ({"network": "myspace", "name": "Acme"}, ["network"]),
        ({"network": "linkedin", "name": ""}, ["name"]),
        ({"network": "linkedin", "name": "a\nb"}, ["name"]),
        ({"network": "linkedin", "name": "a" * 101}, ["name"]),
        ({"network": "linkedin", "name": "Acme", "secret_id": "other"}, ["secret_id"]),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_stored(api: Driver, body: object, fields: list[str]) -> None:
    answer = api("POST", "/api/accounts", body)
    assert (answer.status, answer.fields) == (422, fields)
    assert not api.accounts.stored
    assert not api.secrets.values


@dataclass
class UnreachableAccounts(MemoryAccountStore):
    """An account store that takes nothing in and gives nothing up."""

    def put(self, account: Account, *, limit: int = 100) -> None:
        raise TransientError("storing the account failed: ThrottlingException")

    def delete(self, org_id: str, account_id: str) -> None:
        raise TransientError("deleting the account failed: ThrottlingException")


def test_tokens_are_taken_back_when_the_account_cannot_be_stored(clock: ManualClock) -> None:
    api = make_driver(clock, accounts=UnreachableAccounts())
    answer = api("POST", "/api/accounts", ON_X)
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert not api.secrets.values


def test_accounts_are_listed_oldest_first_in_pages(api: Driver, clock: ManualClock) -> None:
    made = []
    for number in range(3):
        body = {"network": "linkedin", "name": f"Account {number}"}
        made.append(api("POST", "/api/accounts", body).json["account_id"])
        clock.advance(seconds=1)
    first = api("GET", "/api/accounts", query={"limit": "2"}).json
    second = api("GET", "/api/accounts", query={"limit": "2", "cursor": first["next_cursor"]}).json
    assert [account["account_id"] for account in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None
    assert api("GET", "/api/accounts", claims=RIVAL).json == {"items": [], "next_cursor": None}


def test_deleting_an_account_deletes_its_tokens(api: Driver) -> None:
    account_id = api("POST", "/api/accounts", ON_X).json["account_id"]
    answer = api("DELETE", f"/api/accounts/{account_id}")
    assert (answer.status, answer.text) == (204, "")
    assert not api.accounts.stored
    assert not api.secrets.values
    assert api("DELETE", f"/api/accounts/{account_id}").status == 404


def test_an_account_whose_deletion_failed_is_still_there_to_delete(clock: ManualClock) -> None:
    accounts = UnreachableAccounts()
    api = make_driver(clock, accounts=accounts)
    account = Account.model_validate(
        {"org_id": "acme", "account_id": "a1", "network": "x", "publisher": "x", "name": "A", "created_at": clock()}
    )
    accounts.stored["acme", "a1"] = account
    assert api("DELETE", "/api/accounts/a1").status == 503
    assert api("GET", "/api/accounts/a1").status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_the_organisation_does_not_have_is_not_found(api: Driver, method: str) -> None:
    account_id = api("POST", "/api/accounts", ON_X, claims=RIVAL).json["account_id"]
    for unknown in (account_id, "unknown", "a b"):
        assert api(method, f"/api/accounts/{unknown}").status == 404
    assert len(api.secrets.values) == 1


def test_an_account_is_renamed_and_paused(api: Driver) -> None:
    account_id = api("POST", "/api/accounts", ON_X).json["account_id"]
    answer = api("PATCH", f"/api/accounts/{account_id}", {"name": "Acme Labs", "enabled": False})
    assert (answer.status, answer.json["name"], answer.json["enabled"]) == (200, "Acme Labs", False)
    assert api("GET", f"/api/accounts/{account_id}").json == answer.json
    assert api("PATCH", f"/api/accounts/{account_id}", {"enabled": True}).json["name"] == "Acme Labs"
    assert list(api.secrets.values.values()) == [{"access_token": TOKEN, "refresh_token": "tok-3f9a-refresh"}]


def test_new_tokens_replace_the_old_ones_together_and_are_shown_nowhere(api: Driver) -> None:
    account_id = api("POST", "/api/accounts", ON_X).json["account_id"]
    with log_lines() as written:
        answer = api("PATCH", f"/api/accounts/{account_id}", {"access_token": "new-token"})
    assert answer.status == 200
    assert list(api.secrets.values.values()) == [{"access_token": "new-token"}]
    assert "new-token" not in answer.text + written.getvalue()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, ["body"]),
        ({"name": ""}, ["name"]),
        ({"name": "n" * 101}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"enabled": "perhaps"}, ["enabled"]),
        ({"network": "linkedin"}, ["network"]),
        ({"refresh_token": "r"}, ["access_token"]),
        ({"access_token": "a b"}, ["access_token"]),
    ],
)
def test_a_change_that_cannot_be_is_named_and_changes_nothing(
    api: Driver, change: dict[str, object], fields: list[str]
) -> None:
    account_id = api("POST", "/api/accounts", ON_X).json["account_id"]
    before = api.accounts.stored["acme", account_id]
    answer = api("PATCH", f"/api/accounts/{account_id}", change)
    assert (answer.status, answer.fields) == (422, fields)
    assert api.accounts.stored["acme", account_id] == before
    assert list(api.secrets.values.values()) == [{"access_token": TOKEN, "refresh_token": "tok-3f9a-refresh"}]


def test_a_previewed_account_takes_no_tokens(api: Driver) -> None:
    account_id = api("POST", "/api/accounts", {"network": "linkedin", "name": "Acme"}).json["account_id"]
    answer = api("PATCH", f"/api/accounts/{account_id}", {"access_token": "a"})
    assert (answer.status, answer.fields) == (422, ["access_token"])


def test_another_organisations_account_cannot_be_changed(api: Driver) -> None:
    account_id = api("POST", "/api/accounts", ON_X).json["account_id"]
    assert api("PATCH", f"/api/accounts/{account_id}", {"name": "Mine"}, claims=RIVAL).status == 404
