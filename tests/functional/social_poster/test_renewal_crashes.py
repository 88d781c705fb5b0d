"""Whatever call a renewal dies around: one exchange, or an unknown one that ends with one request to the user."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.model import AccountState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.networks.port import App, NetworkUser, OAuth, Tokens
from functions.shared.networks.tokens import fingerprint
from functions.social_poster.renew_token import Renewals, renew_token
from tests.support.accounts import an_x_account
from tests.support.standins.x_oauth import XOAuth, oauth_over
from tests.support.sweep import Saboteur, World, expect_once, sweep

ACCOUNTS = DynamoAccountStore("accounts", aws.dynamodb)
SECRETS = AwsSecrets(aws.secrets_manager)
SECRET = "accounts/acme/x-1"


pytestmark = pytest.mark.usefixtures("fresh_clients")


@dataclass(frozen=True)
class SabotagedOAuth:
    """X's token service, which may be the last that a process asked."""

    oauth: OAuth
    saboteur: Saboteur

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        raise NotImplementedError

    def renew(self, refresh_token: str) -> Tokens:
        self.saboteur.before("exchange")
        try:
            return self.oauth.renew(refresh_token)
        finally:
            self.saboteur.passed()

    def owner(self, access_token: str) -> NetworkUser:
        raise NotImplementedError


def renew(world: World, *, reports: Path, is_revoked: bool, jobs: int) -> None:
    """Two jobs renew one refused token, or one job a token whatever it is; a request to the user is reported."""
    x = XOAuth({}, world.clock)
    old = x.issue()
    account = an_x_account(world.clock())
    SECRETS.put(SECRET, old)
    world.survive(lambda: ACCOUNTS.put(account))
    if is_revoked:
        x.revoke("1001")
    notices = DynamoNotificationStore("jobs", aws.dynamodb, world.clock)
    oauth = SabotagedOAuth(oauth_over(x, App("client-1", "client-secret-1")), world.saboteur)
    renewals = Renewals(ACCOUNTS, SECRETS, lambda name: oauth, notices, world.engine)
    handlers: Handlers = {JobType.REFRESH_TOKEN: partial(renew_token, renewals=renewals)}
    world.saboteur.watch(aws.secrets_manager())
    world.consumers = {
        lane: partial(consume, handlers=handlers, engine=world.engine) for lane in ("social", "social-high")
    }
    stale = {"stale": fingerprint(old["access_token"])} if jobs > 1 else {}
    for number in range(jobs):
        job_id = f"019a0000-0000-7000-8000-00000000000{number}"
        submission = Submission("acme", JobType.REFRESH_TOKEN, {"account_id": "x-1", **stale}, job_id=job_id)
        world.survive(lambda submission=submission: plan(submission, engine=world.engine))  # type: ignore[misc]
    world.settle()
    judge(world, x, old, notices, reports, is_revoked=is_revoked)


def judge(
    world: World,
    x: XOAuth,
    old: dict[str, str],
    notices: DynamoNotificationStore,
    reports: Path,
    *,
    is_revoked: bool,
) -> None:
    account, secret = ACCOUNTS.get("acme", "x-1"), SECRETS.get(SECRET)
    assert account is not None
    assert {job.status for job in world.jobs()} == {JobStatus.COMPLETED}, [job.error for job in world.jobs()]
    told = [notice.kind for notice in notices.newest("acme")[0]]
    if account.state is AccountState.CONNECTED:
        expect_once(x.exchanges, [("refresh_token", old["refresh_token"])])
        assert x.user_of(secret["access_token"]) == "1001"
        assert secret["refresh_token"] in x.grants
        assert account.token_expires_at is not None
        assert told == []
    else:
        assert is_revoked or len(x.exchanges) == 2, x.exchanges
        assert secret == old, "new tokens were stored and given up"
        expect_once(told, ["account.needs_authorisation"])
        with reports.open("a") as file:
            os.write(file.fileno(), b"asked\n")


def asked(reports: Path) -> int:
    return len(reports.read_text().splitlines()) if reports.exists() else 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_token_is_renewed_once_or_asked_for_once_whatever_call_a_worker_dies_at(tmp_path: Path, jobs: int) -> None:
    reports = tmp_path / "asked"

    assert sweep(partial(renew, reports=reports, is_revoked=False, jobs=jobs)) > 30

    # Only between X's answer and the store of it: after the exchange, and before the new pair is put.
    assert asked(reports) == 2


def test_a_revoked_token_is_announced_once_whatever_call_a_worker_dies_at(tmp_path: Path) -> None:
    reports = tmp_path / "asked"

    points = sweep(partial(renew, reports=reports, is_revoked=True, jobs=1))

    assert asked(reports) == points + 1
