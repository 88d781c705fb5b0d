"""Uses the access tokens of accounts, and has a refused one renewed by a job of its own.

One job renews one token, however many workers found it refused; they wait for it, which costs them no attempt.
Renewals that fail do not fail the work that waits for them: another is planned in the next window of time.
Decision 0014.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import RateLimited
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus, Priority
from functions.shared.kernel.secrets.store import SecretStore
from functions.shared.networks.port import TokenRefused
from functions.shared.networks.tokens import fingerprint, usable

Result = TypeVar("Result")

_WINDOW = timedelta(minutes=30)
_WINDOWS_OF_A_ROW = (1, 2)  # a renewal fails after up to 21 minutes, and the next is planned half an hour later
_SOONEST, _LATEST = timedelta(seconds=5), timedelta(minutes=15)
_SOONEST_PAUSED, _LATEST_PAUSED = timedelta(minutes=1), timedelta(hours=6)
_HELD = "This goes on by itself then"


class AccountPaused(RateLimited):
    """The account waits for its user to connect it anew; nothing was sent."""


class TokenBeingRenewed(RateLimited):
    """The account's access token was refused, and is being renewed or will be; nothing was done."""


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
        require_connected(account, self.engine)
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

    def _token(self, account: Account) -> str | None:
        return usable(self.secrets.get(account.secret_id).get("access_token")) if account.secret_id else None

    def _renewal(self, account: Account, token: str) -> RateLimited:
        """Plan the renewal of a refused token; the error that makes the caller's job wait for it."""
        now = self.engine.clock()
        goes_on = any(self._has_failed(account, token, now - back * _WINDOW) for back in _WINDOWS_OF_A_ROW)
        job, _ = plan(_renew(account, token, now, quiet=goes_on), engine=self.engine)
        if job.status is JobStatus.COMPLETED and (job.result or {}).get("state") == AccountState.NEEDS_AUTHORISATION:
            return _paused(account, self.engine)
        if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            return _held_back(account, job, now)
        return _being_renewed(account, job, now)

    def _has_failed(self, account: Account, token: str, at: datetime) -> bool:
        """Whether the renewal of that window has."""
        job = self.engine.store.get(account.org_id, _renewal_id(account, token, at))
        return job is not None and job.status is JobStatus.FAILED


def require_connected(account: Account, engine: Engine) -> None:
    """Raise AccountPaused when the account needs its user's authorisation."""
    if account.state is AccountState.NEEDS_AUTHORISATION:
        raise _paused(account, engine)


def waits_for_token(job: Job, account_id: str) -> bool:
    """Whether a job is put off until this account has a token that is taken, and for no other reason."""
    is_held = job.status is JobStatus.QUEUED and job.reason is not None and job.reason.endswith(_HELD)
    return is_held and job.payload.get("account_id") == account_id


def _renew(account: Account, token: str, now: datetime, *, quiet: bool) -> Submission:
    """One job for one token and window. Users hear of the first in a row that fails, and not every half an hour."""
    return Submission(
        org_id=account.org_id,
        type=JobType.REFRESH_TOKEN,
        payload={"account_id": account.account_id, "stale": fingerprint(token)},
        priority=Priority.HIGH,
        job_id=_renewal_id(account, token, now),
        quiet=quiet,
    )


def _renewal_id(account: Account, token: str, now: datetime) -> str:
    """It is of the window's beginning, so that the job is listed by its age.

    Connecting the account anew begins another series, even with a token that was refused before.
    """
    since = (account.state_since or account.created_at).isoformat()
    window = datetime.fromtimestamp(now.timestamp() // _WINDOW.total_seconds() * _WINDOW.total_seconds(), UTC)
    return derived_id(window, "renew", account.org_id, account.account_id, since, fingerprint(token))


def _paused(account: Account, engine: Engine) -> AccountPaused:
    """Wait longer the longer it lasts: whoever connects the account anew wakes what waits for that."""
    now = engine.clock()
    latest = min(_LATEST_PAUSED, engine.policy.longest_deferral)
    wait = _between(_SOONEST_PAUSED, now - (account.state_since or now), latest)
    reason = f"the account {account.name} needs your authorisation: connect it anew. {_HELD}"
    return AccountPaused(reason, retry_at=now + wait)


def _being_renewed(account: Account, job: Job, now: datetime) -> TokenBeingRenewed:
    wait = _between(_SOONEST, now - job.created_at, _LATEST)
    retry_at = max(now + wait, job.not_before or now)
    return TokenBeingRenewed(f"the access token of {account.name} is being renewed. {_HELD}", retry_at=retry_at)


def _held_back(account: Account, job: Job, now: datetime) -> TokenBeingRenewed:
    why = job.error or job.reason or "its renewal was cancelled"
    reason = f"the access token of {account.name} could not be renewed and is tried again: {why}. {_HELD}"
    return TokenBeingRenewed(reason, retry_at=max((job.finished_at or now) + _WINDOW, now + _SOONEST_PAUSED))


def _between(least: timedelta, wait: timedelta, most: timedelta) -> timedelta:
    return min(max(least, wait), most)
