"""A repeat of any POST with its key makes nothing again, and is answered as the first time. Decision 0036."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from functions.api.once.answer_once import ALONE_FOR
from functions.api.once.memory import MemoryAnswers
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.kernel.errors import TransientError
from tests.support.api_driver import ACME, RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.schedules import TEA

ACCOUNT = {"network": "linkedin", "name": "Acme on LinkedIn"}
SOURCE = {"kind": "website", "url": "https://8.8.8.8/"}
DOCUMENT = {"name": "a.txt", "media_type": "text/plain", "size": 5}
KEY = {"Idempotency-Key": "order-1"}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


@pytest.mark.parametrize(
    ("path", "body", "made"),
    [
        ("/api/accounts", ACCOUNT, lambda api: api.accounts.stored),
        ("/api/sources", SOURCE, lambda api: api.sources.stored),
        ("/api/documents", DOCUMENT, lambda api: api.documents.stored),
        ("/api/schedules", TEA, lambda api: api.schedules.stored),
    ],
)
def test_a_repeat_makes_nothing_and_is_answered_as_the_first_time(
    api: Driver, clock: ManualClock, path: str, body: Any, made: Callable[[Driver], Any]
) -> None:
    first = api("POST", path, body, headers=KEY)
    clock.advance(hours=23)
    again = api("POST", path, body, headers=KEY)
    assert (first.status, again) == (201, first)
    assert len(made(api)) == 1


def test_without_a_key_each_call_makes_one(api: Driver) -> None:
    ids = {api("POST", "/api/accounts", ACCOUNT).json["account_id"] for _ in range(2)}
    assert len(ids) == 2


def test_another_call_with_the_same_key_is_refused(api: Driver) -> None:
    api("POST", "/api/accounts", ACCOUNT, headers=KEY)
    for path, body in (("/api/accounts", {**ACCOUNT, "name": "Other"}), ("/api/schedules", TEA)):
        refused = api("POST", path, body, headers=KEY)
        assert (refused.status, refused.json["type"]) == (409, "urn:flywheel:problem:idempotency-key-reused")
        assert refused.fields == ["Idempotency-Key"]
    assert (len(api.accounts.stored), len(api.schedules.stored)) == (1, 0)


def test_the_order_of_fields_is_no_difference(api: Driver) -> None:
    one = api("POST", "/api/accounts", ACCOUNT, headers=KEY)
    two = api("POST", "/api/accounts", dict(reversed(ACCOUNT.items())), headers=KEY)
    assert one == two


def test_a_key_is_of_its_caller_alone(api: Driver) -> None:
    claims = (ACME, {**ACME, "sub": "user-9"}, RIVAL)
    answers = [api("POST", "/api/accounts", ACCOUNT, headers=KEY, claims=each) for each in claims]
    assert len({answer.json["account_id"] for answer in answers}) == 3


def test_a_key_is_free_again_after_a_day(api: Driver, clock: ManualClock) -> None:
    first = api("POST", "/api/accounts", ACCOUNT, headers=KEY)
    clock.advance(hours=24)
    assert api("POST", "/api/accounts", ACCOUNT, headers=KEY).json["account_id"] != first.json["account_id"]


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "a\x00b", "a b", "schlüssel"])
def test_a_key_that_is_none_is_refused_by_the_headers_name(api: Driver, key: str) -> None:
    for path, body in (("/api/accounts", ACCOUNT), ("/api/jobs/nothing/retry", None)):
        refused = api("POST", path, body, headers={"Idempotency-Key": key})
        assert (refused.status, refused.fields) == (422, ["Idempotency-Key"])
    assert not api.accounts.stored


def test_a_call_that_was_refused_leaves_its_key_free(api: Driver) -> None:
    assert api("POST", "/api/accounts", {**ACCOUNT, "network": "none"}, headers=KEY).status == 422
    assert api("POST", "/api/accounts", ACCOUNT, headers=KEY).status == 201


class Failing(MemoryAccountStore):
    """Stores what it is given, and fails, once."""

    failed = False

    def put(self, account: Account, *, limit: int = 100) -> None:
        super().put(account, limit=limit)
        if not self.failed:
            self.failed = True
            raise TransientError("the answer was lost")


def test_a_call_that_is_made_again_after_a_failure_makes_the_same_thing(clock: ManualClock) -> None:
    api = make_driver(clock, accounts=Failing())
    assert api("POST", "/api/accounts", ACCOUNT, headers=KEY).status == 503
    clock.advance(seconds=5)
    again = api("POST", "/api/accounts", ACCOUNT, headers=KEY)
    assert again.status == 201
    assert [account_id for _, account_id in api.accounts.stored] == [again.json["account_id"]]


class Dying(MemoryAnswers):
    """While the first call is under way, others come; then its Lambda dies, before its answer is kept."""

    meanwhile: Callable[[], None] | None = None

    def finish(self, org_id: str, name: str, answer: Mapping[str, object]) -> None:
        if self.meanwhile is None:
            super().finish(org_id, name, answer)
            return
        then, self.meanwhile = self.meanwhile, None
        then()
        raise KeyboardInterrupt


def test_a_repeat_waits_for_the_first_call_and_takes_over_from_one_that_died(clock: ManualClock) -> None:
    dying = Dying()
    api = make_driver(clock, answers=dying)

    def repeat() -> None:
        # As another Lambda would: a driver of its own over the same stores.
        early = Driver(api.services)("POST", "/api/accounts", ACCOUNT, headers=KEY)
        assert (early.status, early.json["type"]) == (409, "urn:flywheel:problem:still-running")
        assert int(early.headers["Retry-After"]) >= 1

    dying.meanwhile = repeat
    with pytest.raises(KeyboardInterrupt):
        api("POST", "/api/accounts", ACCOUNT, headers=KEY)
    assert len(api.accounts.stored) == 1
    assert api("POST", "/api/accounts", ACCOUNT, headers=KEY).status == 409
    clock.advance(seconds=ALONE_FOR.total_seconds())
    late = api("POST", "/api/accounts", ACCOUNT, headers=KEY)
    assert late.status == 201
    assert [account_id for _, account_id in api.accounts.stored] == [late.json["account_id"]]


def test_a_signing_key_is_shown_once_and_not_kept(api: Driver) -> None:
    settings = {"webhooks": [{"url": "https://8.8.8.8/hook"}]}
    webhook = api("PUT", "/api/notification-settings", settings).json["webhooks"][0]
    path = f"/api/notification-settings/webhooks/{webhook['webhook_id']}/rotate"
    first = api("POST", path, headers=KEY)
    secret = first.json["secret"]
    again = api("POST", path, headers=KEY)
    assert secret
    assert again.json == {**first.json, "secret": None}
    assert secret not in str(api.services.answers)


def test_every_post_of_the_contract_takes_the_header(api: Driver) -> None:
    for path, methods in api("GET", "/openapi.json").json["paths"].items():
        if "post" in methods:
            names = [parameter["name"] for parameter in methods["post"]["parameters"]]
            assert names.count("Idempotency-Key") == 1, path
            assert "409" in methods["post"]["responses"], path


class TestTheSameToken:
    """A token is one account, or whatever is published would be posted twice."""

    def test_it_is_refused_with_the_accounts_id(self, api: Driver) -> None:
        x = {"network": "twitter", "name": "One", "access_token": "token-1"}
        first = api("POST", "/api/accounts", x).json
        refused = api("POST", "/api/accounts", {**x, "name": "Two"})
        assert refused.status == 409
        assert f"the account {first['account_id']}'s (`One`) already" in refused.json["detail"]
        assert "token-1" not in refused.text + str(api.accounts.stored)
        assert api("POST", "/api/accounts", {**x, "access_token": "token-2"}).status == 201
        assert api("POST", "/api/accounts", x, claims=RIVAL).status == 201

    def test_it_follows_the_account_to_another_token(self, api: Driver) -> None:
        x = {"network": "twitter", "name": "One", "access_token": "token-1"}
        account_id = api("POST", "/api/accounts", x).json["account_id"]
        assert api("PATCH", f"/api/accounts/{account_id}", {"access_token": "token-2"}).status == 200
        assert api("POST", "/api/accounts", {**x, "access_token": "token-2"}).status == 409
        assert api("POST", "/api/accounts", x).status == 201

    def test_it_can_be_connected_again_once_the_account_is_gone(self, api: Driver) -> None:
        x = {"network": "twitter", "name": "One", "access_token": "token-1"}
        account_id = api("POST", "/api/accounts", x).json["account_id"]
        assert api("DELETE", f"/api/accounts/{account_id}").status == 204
        assert api("POST", "/api/accounts", x).status == 201
