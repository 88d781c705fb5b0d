"""X's OAuth 2 over HTTP against the stand-in: what each answer means, and that nothing that was sent is repeated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from functions.shared.kernel.circuits.breaker import Breaker
from functions.shared.kernel.circuits.circuit import Rules
from functions.shared.kernel.circuits.memory import MemoryCircuitStore
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.port import App, AppUnusable, GrantRefused, NetworkUser, TokenRefused
from functions.shared.networks.tokens import read_app
from functions.shared.networks.x.sign_in import HttpOAuth
from tests.support.clock import ManualClock
from tests.support.standins.x import (
    Fault,
    XStandIn,
    accepted_then_dripped,
    accepted_then_reset,
    rate_limited,
    unavailable,
)

APP = App("client-1", "client-secret-1")
START = ManualClock()()


@dataclass
class Bench:
    x: XStandIn
    clock: ManualClock
    app: App = APP
    oauth: HttpOAuth = field(init=False)

    def __post_init__(self) -> None:
        self.oauth = self.client()

    def client(self, seconds: float = 10.0) -> HttpOAuth:
        return HttpOAuth(self.x.base_url, lambda: self.app, self.clock, seconds=seconds)


@pytest.fixture
def bench(clock: ManualClock) -> Iterator[Bench]:
    with XStandIn(clock=clock) as x:
        yield Bench(x, clock)


def test_a_refresh_token_brings_new_tokens_and_when_they_end(bench: Bench) -> None:
    old = bench.x.oauth.issue()

    tokens = bench.oauth.renew(old["refresh_token"])

    assert bench.x.oauth.user_of(tokens.access_token) == "1001"
    assert tokens.refresh_token != old["refresh_token"]
    assert tokens.expires_at == START + timedelta(hours=2)
    assert bench.x.requests == ["POST /2/oauth2/token"]


def test_a_public_app_says_who_it_is_in_the_body(bench: Bench) -> None:
    bench.app, bench.x.oauth.client_secret = App("client-1"), None

    assert bench.oauth.renew(bench.x.oauth.issue()["refresh_token"]).access_token


def test_a_token_tells_whose_it_is(bench: Bench) -> None:
    assert bench.oauth.owner(bench.x.oauth.issue()["access_token"]) == NetworkUser("1001", "standin")

    with pytest.raises(TokenRefused):
        bench.oauth.owner("unknown")


def test_a_refresh_token_works_once_and_its_reuse_ends_the_newer_tokens(bench: Bench) -> None:
    old = bench.x.oauth.issue()
    new = bench.oauth.renew(old["refresh_token"])

    with pytest.raises(GrantRefused):
        bench.oauth.renew(old["refresh_token"])

    with pytest.raises(GrantRefused):
        bench.oauth.renew(new.refresh_token or "")
    with pytest.raises(TokenRefused):
        bench.oauth.owner(new.access_token)


def test_tokens_are_not_shown_by_accident(bench: Bench) -> None:
    tokens = bench.oauth.renew(bench.x.oauth.issue()["refresh_token"])

    assert tokens.access_token not in repr(tokens)
    assert (tokens.refresh_token or "?") not in repr(tokens)
    assert "client-secret-1" not in repr(APP)


def oauth_error(status: int, error: str, description: str = "") -> Fault:
    return Fault(status, f'{{"error": "{error}", "error_description": "{description}"}}'.encode())


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (oauth_error(400, "invalid_grant"), GrantRefused),
        (oauth_error(401, "invalid_grant"), GrantRefused),
        (oauth_error(400, "invalid_request", "Value passed for the token was invalid."), GrantRefused),
        (oauth_error(400, "invalid_request", "Missing required parameter [refresh_token]."), PermanentError),
        (oauth_error(400, "unsupported_grant_type"), PermanentError),
        (oauth_error(400, "invalid_client"), AppUnusable),
        (oauth_error(401, "invalid_client"), AppUnusable),
        (oauth_error(401, "unauthorized_client", "Missing valid authorization header"), AppUnusable),
        (Fault(401, b"<html>"), AppUnusable),
        (Fault(403, b"{}"), AppUnusable),
        (Fault(400, b"[1]"), PermanentError),
        (Fault(302, headers={"Location": "/2/oauth2/token"}), PermanentError),
        (rate_limited(START + timedelta(minutes=7)), RateLimited),
        (unavailable(), TransientError),
        (Fault(408), TransientError),
        (Fault(200, b"<html>"), TransientError),
        (Fault(200, b"[]"), TransientError),
        (Fault(200, b'{"access_token": ""}'), TransientError),
        (Fault(200, b'{"access_token": "a b"}'), TransientError),
        (Fault(200, b'{"access_token": 5}'), TransientError),
        (Fault(200, b"x" * 100_000), TransientError),
        (Fault(then="reset"), TransientError),
        (accepted_then_reset(), TransientError),
        (accepted_then_dripped(), TransientError),
    ],
)
def test_each_answer_has_one_meaning_and_the_exchange_is_asked_for_once(
    bench: Bench, fault: Fault, meaning: type[FlywheelError]
) -> None:
    old = bench.x.oauth.issue()
    bench.x.token_faults.append(fault)

    with pytest.raises(FlywheelError) as raised:
        bench.client(seconds=1 if fault.then == "drip" else 10).renew(old["refresh_token"])

    assert type(raised.value) is meaning or (meaning is TransientError and isinstance(raised.value, TransientError))
    assert len(bench.x.requests) == 1
    assert old["refresh_token"] not in str(raised.value)
    assert "client-secret-1" not in str(raised.value)


def test_what_x_repeats_of_a_secret_is_left_out(bench: Bench) -> None:
    old = bench.x.oauth.issue()
    description = f"token {old['refresh_token']} of client-secret-1 is odd"
    bench.x.token_faults.append(oauth_error(400, "invalid_grant", description))

    with pytest.raises(GrantRefused) as refused:
        bench.oauth.renew(old["refresh_token"])

    assert refused.value.reason == "X does not accept the refresh token: 400 (invalid_grant: token … of … is odd)"


@pytest.mark.parametrize("lifetime", ["null", "-5", '"soon"', "true", "1e400", "99999999999999"])
def test_an_odd_lifetime_is_not_believed(bench: Bench, lifetime: str) -> None:
    bench.x.token_faults.append(Fault(200, f'{{"access_token": "a", "expires_in": {lifetime}}}'.encode()))

    tokens = bench.oauth.renew("refresh")

    assert (tokens.access_token, tokens.refresh_token, tokens.expires_at) == ("a", None, None)


def test_a_service_that_is_not_there_is_transient(clock: ManualClock) -> None:
    with pytest.raises(TransientError, match="X gave no answer: ConnectError"):
        HttpOAuth("http://127.0.0.1:1", lambda: APP, clock).renew("refresh")


def test_refusals_leave_the_circuit_closed_and_failures_open_it(bench: Bench) -> None:
    breaker = Breaker("X", MemoryCircuitStore(), bench.clock, new_id, lambda: 0.0, Rules(failures=3))
    oauth = HttpOAuth(bench.x.base_url, lambda: APP, bench.clock, circuit=breaker)
    for _ in range(5):
        with pytest.raises(GrantRefused):
            oauth.renew("unknown")
    bench.x.token_faults.extend([unavailable()] * 3)
    for _ in range(3):
        with pytest.raises(TransientError):
            oauth.renew("unknown")

    with pytest.raises(RateLimited, match="keeps failing"):
        oauth.renew("unknown")
    assert len(bench.x.requests) == 8


def app_of(secrets: MemorySecrets, secret_id: str | None) -> App:
    return read_app(secrets, secret_id, network="X", portal="https://developer.x.com", setting="X_APP_SECRET_ID")


class TestApp:
    def test_its_credentials_are_read_from_the_secret(self) -> None:
        secrets = MemorySecrets(
            {"x-app": {"client_id": " id ", "client_secret": "secret"}, "public": {"client_id": "id"}}
        )

        assert app_of(secrets, "x-app") == App("id", "secret")
        assert app_of(secrets, "public") == App("id")

    @pytest.mark.parametrize("secret_id", [None, "empty", "unknown"])
    def test_without_them_the_operator_is_told_how_to_set_them(self, secret_id: str | None) -> None:
        with pytest.raises(AppUnusable, match=r'put its \{"client_id": "...", "client_secret": "..."\} into'):
            app_of(MemorySecrets({"empty": {}}), secret_id)
