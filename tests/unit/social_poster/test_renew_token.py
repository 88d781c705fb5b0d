from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.port import App, AppUnusable, GrantRefused, NetworkUser, Tokens
from functions.shared.networks.tokens import fingerprint
from functions.social_poster.renew_token import Renewals, renew_token
from tests.support.accounts import an_x_account
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.standins.x_oauth import XOAuth, oauth_over

SECRET = "accounts/acme/x-1"


@dataclass
class Bench:
    """An account on X with tokens of the stand-in, and jobs that renew them."""

    clock: ManualClock
    secrets: MemorySecrets = field(default_factory=MemorySecrets)
    accounts: MemoryAccountStore = field(default_factory=MemoryAccountStore)
    numbers: int = 0

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        self.x = XOAuth({}, self.clock)
        self.oauth: Any = oauth_over(self.x, App("client-1", "client-secret-1"))
        self.accounts.put(an_x_account(self.clock()))
        self.old = self.x.issue()
        self.secrets.put(SECRET, self.old)

    @property
    def notifications(self) -> MemoryNotificationStore:
        assert isinstance(self.engine.store, MemoryJobStore)
        return self.engine.store.notifications

    @property
    def account(self) -> Account:
        account = self.accounts.get("acme", "x-1")
        assert account is not None
        return account

    @property
    def secret(self) -> dict[str, str]:
        return self.secrets.get(SECRET)

    def job(self, **payload: Any) -> Job:
        self.numbers += 1
        now = self.clock()
        given = {"account_id": "x-1", **payload}
        return Job("acme", f"job-{self.numbers}", JobType.REFRESH_TOKEN, given, now, now, owner="worker")

    def run(self, job: Job | None = None, **payload: Any) -> dict[str, Any]:
        job = job or self.job(**payload)
        renewals = Renewals(self.accounts, self.secrets, lambda name: self.oauth, self.notifications, self.engine)
        return dict(renew_token(job, JobContext(job, engine=self.engine), renewals=renewals))

    def run_refused_token(self) -> dict[str, Any]:
        return self.run(stale=fingerprint(self.old["access_token"]))


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


def test_a_refused_token_is_renewed_and_the_new_pair_kept(bench: Bench) -> None:
    result = bench.run_refused_token()

    assert result == {
        "state": "connected",
        "account_id": "x-1",
        "renewed": True,
        "expires_at": "2026-11-22T07:00:00.000Z",
    }
    assert bench.x.user_of(bench.secret["access_token"]) == "1001"
    assert bench.secret["refresh_token"] != bench.old["refresh_token"]
    assert bench.secret["expires_at"] == "2026-11-22T07:00:00.000Z"
    assert bench.account.token_expires_at == bench.clock() + timedelta(hours=2)
    assert bench.accounts.locks == {}


def test_a_token_that_was_replaced_meanwhile_is_left_alone(bench: Bench) -> None:
    bench.run_refused_token()

    assert bench.run_refused_token()["renewed"] is False
    assert len(bench.x.exchanges) == 1


def test_a_job_that_has_renewed_the_token_already_does_so_no_second_time(bench: Bench) -> None:
    job = bench.job()
    bench.run(job)

    assert bench.run(job)["renewed"] is True
    assert len(bench.x.exchanges) == 1


def test_an_account_without_a_usable_token_gets_one(bench: Bench) -> None:
    bench.secrets.put(SECRET, {**bench.old, "access_token": "to ken"})

    assert bench.run(stale=fingerprint(""))["renewed"] is True


def test_a_refresh_token_that_is_not_replaced_is_kept(bench: Bench) -> None:
    bench.x.rotates = False

    bench.run_refused_token()

    assert bench.secret["refresh_token"] == bench.old["refresh_token"]
    assert bench.secret["access_token"] != bench.old["access_token"]


def test_while_another_holds_the_lock_nothing_is_asked_of_x(bench: Bench) -> None:
    now = bench.clock()
    bench.accounts.lock("acme", "x-1", owner="another", now=now, until=now + timedelta(seconds=60))

    with pytest.raises(RateLimited) as busy:
        bench.run_refused_token()

    assert bench.x.exchanges == []
    bench.clock.now = busy.value.retry_at
    with pytest.raises(RateLimited):
        bench.run_refused_token()
    bench.clock.now = now + timedelta(seconds=60)
    assert bench.run_refused_token()["renewed"] is True


def test_a_revoked_grant_pauses_the_account_and_tells_its_users_once(bench: Bench) -> None:
    bench.x.revoke("1001")

    first = bench.run_refused_token()
    bench.clock.advance(hours=1)
    second = bench.run_refused_token()

    assert first["state"] == second["state"] == "needs_authorisation"
    assert (bench.account.state, bench.account.state_since) == ("needs_authorisation", ManualClock()())
    assert "Value passed for the token was invalid" in (bench.account.state_reason or "")
    (notice,) = bench.notifications.stored.values()
    assert (notice.kind, notice.link) == ("account.needs_authorisation", "/api/accounts/x-1")
    assert "POST /api/accounts/authorizations" in notice.advice
    assert len(bench.x.exchanges) == 1
    assert bench.secret == bench.old


def test_an_account_without_a_refresh_token_needs_its_user_and_no_app(bench: Bench) -> None:
    bench.secrets.put(SECRET, {"access_token": bench.old["access_token"]})
    bench.oauth = None

    assert bench.run_refused_token()["state"] == "needs_authorisation"
    assert "has no refresh token" in (bench.account.state_reason or "")


def test_a_renewal_asked_for_by_hand_does_not_pause_an_account_that_has_no_refresh_token(bench: Bench) -> None:
    bench.secrets.put(SECRET, {"access_token": bench.old["access_token"]})
    before = bench.account

    with pytest.raises(PermanentError, match="has no refresh token"):
        bench.run()

    assert (bench.account, bench.notifications.stored, bench.accounts.locks) == (before, {}, {})


def test_a_second_pause_is_told_of_again(bench: Bench) -> None:
    bench.x.revoke("1001")
    bench.run_refused_token()
    bench.clock.advance(days=1)
    connected = {"state": AccountState.CONNECTED, "state_since": bench.clock()}
    bench.accounts.put(bench.account.model_copy(update=connected))

    bench.clock.advance(days=1)
    bench.run_refused_token()

    assert len(bench.notifications.stored) == 2


def test_a_pause_that_was_not_told_of_before_the_worker_died_is_told_of_by_the_next(bench: Bench) -> None:
    paused = {"state": AccountState.NEEDS_AUTHORISATION, "state_since": bench.clock(), "state_reason": "revoked"}
    bench.accounts.put(bench.account.model_copy(update=paused))
    bench.clock.advance(minutes=2)

    bench.run_refused_token()

    assert [notice.reason for notice in bench.notifications.stored.values()] == ["revoked"]


@dataclass
class Failing:
    """An OAuth client that always fails."""

    error: FlywheelError

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        raise self.error

    def renew(self, refresh_token: str) -> Tokens:
        raise self.error

    def owner(self, access_token: str) -> NetworkUser:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        TransientError("X answered 503"),
        AppUnusable("X does not accept this deployment's app"),
        PermanentError("X refused to exchange the refresh token: 400"),
        RateLimited("X's rate limit is reached", retry_at=ManualClock()() + timedelta(minutes=5)),
    ],
)
def test_what_is_no_refusal_of_the_grant_changes_nothing(bench: Bench, error: FlywheelError) -> None:
    before = bench.account
    bench.oauth = Failing(error)

    with pytest.raises(type(error)):
        bench.run_refused_token()

    assert (bench.account, bench.secret, bench.notifications.stored) == (before, bench.old, {})
    assert bench.accounts.locks == {}


def test_a_refused_grant_is_told_apart_from_the_apps_refusal(bench: Bench) -> None:
    bench.oauth = Failing(GrantRefused("X does not accept the refresh token"))

    assert bench.run_refused_token()["state"] == "needs_authorisation"


@dataclass
class StubbornSecrets(MemorySecrets):
    """Cannot be written to, the first `refusals` times."""

    refusals: int = 0

    def put(self, secret_id: str, value: Any) -> None:
        if self.refusals:
            self.refusals -= 1
            raise TransientError("storing a secret failed")
        super().put(secret_id, value)


def test_a_new_pair_is_stored_even_if_that_fails_at_first(clock: ManualClock) -> None:
    secrets = StubbornSecrets()
    bench = Bench(clock, secrets=secrets)
    secrets.refusals = 4

    assert bench.run_refused_token()["renewed"] is True
    assert bench.x.user_of(bench.secret["access_token"]) == "1001"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda bench: bench.accounts.delete("acme", "x-1"), "there is no account x-1"),
        (lambda bench: bench.accounts.put(an_x_account(bench.clock(), secret_id=None)), "has no tokens"),
    ],
)
def test_what_has_no_tokens_cannot_be_renewed(bench: Bench, spoil: Callable[[Bench], None], reason: str) -> None:
    spoil(bench)

    with pytest.raises(PermanentError, match=reason):
        bench.run()
