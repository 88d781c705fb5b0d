"""Uses the access tokens of accounts, and has a refused one renewed by a job of its own.

One job renews one token, however many workers found it refused; they wait for it, which costs them no attempt.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from functions.shared.clock import derived_id
from functions.shared.content import Account, AccountState
from functions.shared.errors import PermanentError, RateLimited, TransientError
from functions.shared.jobs.admit import Submission, plan
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.model import Job, JobStatus, JobType, Priority
from functions.shared.store.secrets import SecretStore
from functions.shared.x.answers import TokenRefused

Result = TypeVar("Result")

_LOOK_AGAIN = timedelta(seconds=5)
_LOOK_AGAIN_PAUSED = timedelta(minutes=30)


class AccountPaused(RateLimited):
    """The account waits for its user to connect it anew; nothing was sent."""


class TokenBeingRenewed(RateLimited):
    """The account's access token was refused and is being renewed; nothing was done."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """The tokens of a deployment's accounts: each account's secret holds `access_token`, and `refresh_token` if any."""

    secrets: SecretStore
    engine: Engine

    def with_token(self, account: Account, call: Callable[[str], Result]) -> Result:
        """What `call` returns when given the account's access token; it raises TokenRefused when that is not taken.

        The secret is read for each call, so that a renewed token is used at once. Raises AccountPaused,
        TokenBeingRenewed, or what `call` raises besides.
        """
        self.require_connected(account)
        token = self._token(account)
        if token is None:
            raise self._renewal(account, "")
        try:
            return call(token)
        except TokenRefused:
            renewed = self._token(account)
            if renewed is None or renewed == token:
                raise self._renewal(account, token) from None
        try:
            return call(renewed)
        except TokenRefused:
            raise self._renewal(account, renewed) from None

    def require_connected(self, account: Account) -> None:
        """Raise AccountPaused when the account needs its user's authorisation."""
        if account.state is AccountState.NEEDS_AUTHORISATION:
            raise _paused(account, self.engine.clock())

    def _token(self, account: Account) -> str | None:
        token = self.secrets.get(account.secret_id).get("access_token") if account.secret_id else None
        return token if token and token.isprintable() and " " not in token else None

    def _renewal(self, account: Account, token: str) -> Exception:
        """Plan the renewal of a refused token; the error that makes the caller's job wait for it."""
        job = plan(_renew(account, token), engine=self.engine)[0]
        now = self.engine.clock()
        if job.status is JobStatus.COMPLETED and (job.result or {}).get("state") == AccountState.NEEDS_AUTHORISATION:
            return _paused(account, now)
        if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            return _not_renewed(job)
        retry_at = max(now + _LOOK_AGAIN, job.not_before or now)
        return TokenBeingRenewed(f"the access token of {account.name} is being renewed", retry_at=retry_at)


def fingerprint(token: str) -> str:
    """Tells tokens apart without giving them away."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _renew(account: Account, token: str) -> Submission:
    stale = fingerprint(token)
    since = account.state_since or account.created_at
    return Submission(
        org_id=account.org_id,
        type=JobType.REFRESH_TOKEN,
        payload={"account_id": account.account_id, "stale": stale},
        priority=Priority.HIGH,
        job_id=derived_id(since, "renew", account.org_id, account.account_id, since.isoformat(), stale),
    )


def _paused(account: Account, now: datetime) -> AccountPaused:
    reason = f"the account {account.name} needs your authorisation: connect it anew, and this goes on by itself"
    return AccountPaused(reason, retry_at=now + _LOOK_AGAIN_PAUSED)


def _not_renewed(job: Job) -> Exception:
    why = job.error or job.reason or "it was cancelled"
    if job.status is JobStatus.CANCELLED:
        return PermanentError(f"the account's access token could not be renewed: {why}")
    return TransientError(f"the account's access token could not be renewed: {why}; see job {job.job_id}")
