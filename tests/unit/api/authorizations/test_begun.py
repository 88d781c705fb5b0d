from dataclasses import replace
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.tokens import read_app
from tests.support.api_driver import log_lines, make_driver, sign_in
from tests.support.clock import ManualClock
from tests.support.standins.x_oauth import XOAuth
from tests.support.x_bench import ASK, BEGIN, Bench


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


def test_the_user_is_sent_to_x_with_a_challenge_a_state_and_the_scopes(bench: Bench) -> None:
    begun = bench.begin()

    address = urlsplit(begun["authorization_url"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    (pending,) = bench.pending.stored.values()
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://x.example/authorize"
    assert asked | {"code_challenge": ""} == {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "https://console.example/connected",
        "scope": "tweet.read tweet.write users.read offline.access",
        "state": pending.state,
        "code_challenge": "",
        "code_challenge_method": "S256",
    }
    assert begun["expires_at"] == "2026-11-22T05:10:00.000Z"
    assert 43 <= len(pending.verifier) <= 128
    assert pending.verifier not in begun["authorization_url"]


def test_an_account_is_connected_with_the_tokens_x_gives(bench: Bench) -> None:
    answer = bench.connect()

    account_id = answer.json["account_id"]
    assert (answer.status, answer.headers["Location"]) == (201, f"https://api.example/api/accounts/{account_id}")
    assert answer.json == {
        "account_id": account_id,
        "network": "twitter",
        "name": "@standin",
        "publisher": "x",
        "enabled": True,
        "created_at": "2026-11-22T05:00:00.000Z",
        "handle": "standin",
        "state": "connected",
        "state_reason": None,
        "state_since": None,
        "token_expires_at": "2026-11-22T07:00:00.000Z",
    }
    secret = bench.api.secrets.values[f"flywheel/accounts/acme/{account_id}"]
    assert bench.x.user_of(secret["access_token"]) == "1001"
    assert secret["refresh_token"] in bench.x.grants
    assert secret["expires_at"] == "2026-11-22T07:00:00.000Z"
    assert bench.api.accounts.stored["acme", account_id].platform_user_id == "1001"


def test_a_new_account_may_be_given_a_name(bench: Bench) -> None:
    assert bench.connect(name="Acme").json["name"] == "Acme"


def test_no_secret_is_in_an_answer_or_a_log_line(bench: Bench) -> None:
    with log_lines() as written:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])
        texts = [
            bench.finish(begun, {**result, "code": "code-of-another"}).text,
            bench.connect().text,
            bench.api("GET", "/api/accounts").text,
        ]
    (pending, _) = bench.pending.stored.values()
    (secret,) = bench.api.secrets.values.values()
    for hidden in (pending.verifier, "code-of-another", secret["access_token"], secret["refresh_token"]):
        assert all(hidden not in text for text in (*texts, written.getvalue()))
    assert pending.state not in "".join(texts) + written.getvalue()
    assert pending.verifier not in repr(pending)
    assert "client-secret-1" not in "".join(texts) + written.getvalue()


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"network": "linkedin"}, "network"),
        ({"redirect_uri": "http://console.example/"}, "redirect_uri"),
        ({"redirect_uri": "https://user@console.example/"}, "redirect_uri"),
        ({"redirect_uri": "https://console.example/#part"}, "redirect_uri"),
        ({"redirect_uri": "https://console.example\\@other.example/"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"redirect_uri": "https://[console"}, "redirect_uri"),
        ({"redirect_uri": "/connected"}, "redirect_uri"),
        ({"name": "a\nb"}, "name"),
        ({"account_id": "a b"}, "account_id"),
        ({"client_id": "mine"}, "client_id"),
    ],
)
def test_a_bad_field_is_named(bench: Bench, fields: dict[str, str], bad: str) -> None:
    answer = bench.api("POST", BEGIN, {**ASK, **fields})

    assert (answer.status, answer.fields) == (422, [bad])


@pytest.mark.parametrize("uri", ["http://localhost:8080/back", "http://127.0.0.1/", "http://[::1]:9/"])
def test_this_machine_needs_no_tls_to_come_back_to(bench: Bench, uri: str) -> None:
    assert bench.connect(redirect_uri=uri).status == 201


def test_without_an_app_the_operator_is_named_as_who_can_help(clock: ManualClock) -> None:
    missing = replace(
        sign_in(XOAuth({}, clock)),
        app=partial(read_app, MemorySecrets(), "flywheel/x-app", network="X", portal="https://x", setting="S"),
    )
    answer = make_driver(clock, sign_ins=lambda name: missing)("POST", BEGIN, ASK)

    assert answer.status == 409
    assert "operator must make one" in answer.json["detail"]
    assert "flywheel/x-app" in answer.json["detail"]


def test_an_app_whose_secret_x_does_not_take_is_the_operators_to_mend(bench: Bench) -> None:
    begun = bench.begin()
    bench.x.client_secret = "another"

    answer = bench.finish(begun, bench.x.consent(begun["authorization_url"]))

    assert (answer.status, "operator must mend" in answer.json["detail"]) == (409, True)


def test_an_app_without_a_secret_names_itself_in_the_body(clock: ManualClock) -> None:
    x = XOAuth({}, clock, client_secret=None)
    api = make_driver(clock, sign_ins=lambda name: sign_in(x))
    begun = api("POST", BEGIN, ASK).json

    answer = api("POST", f"{BEGIN}/{begun['authorization_id']}", x.consent(begun["authorization_url"]))

    assert answer.status == 201
