"""REFRESH_TOKEN: exchanges an account's refresh token for new tokens, once.

A network may take a refresh token a single time and end the whole grant when it is used again, as X does. So only the
holder of the account's lock exchanges, and reads the tokens inside it, when no earlier holder lives (account_lock.py).
New tokens are stored before anything uses them. A process that dies between the network's answer and that store has
lost them: the next attempt is refused then, and the user is asked. None begins an exchange that it may not live to
store. Decision 0014.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.payloads import RefreshTokenPayload
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.errors import PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.model import NotificationKind
from functions.shared.kernel.notifications.notify import Event, notify
from functions.shared.kernel.notifications.store import NotificationStore
from functions.shared.kernel.secrets.store import SecretStore
from functions.shared.networks.account_lock import account_lock
from functions.shared.networks.port import GrantRefused, Tokens
from functions.shared.networks.registry.known import KNOWN
from functions.shared.networks.registry.sign_ins import OAuths
from functions.shared.networks.tokens import fingerprint, usable

_STORE_PAUSES_SECONDS = (0.5, 1, 2, 4)
LEAST_TIME = timedelta(seconds=75)
"""For an exchange (23 seconds at most) and a first try to store what came of it (51, when AWS falls silent)."""

_SOON = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Renewals:
    """What renewing tokens needs. An account's exchanges are asked for when they are needed: they are slow to load."""

    accounts: AccountStore
    secrets: SecretStore
    oauths: OAuths
    notifications: NotificationStore
    engine: Engine


def renew_token(job: Job, context: JobContext, *, renewals: Renewals) -> Mapping[str, Any]:
    """What the account's state is then, `connected` or `needs_authorisation`, and whether this job renewed its token.

    Raises AccountBusy while another holds the lock, RateLimited when too little time is left, AppUnusable, and what the
    exchange raises otherwise.
    """
    payload = parse_payload(RefreshTokenPayload, job.payload)
    owner = f"{job.job_id}/{job.attempt}/{job.owner}"
    with account_lock(job.org_id, payload.account_id, owner=owner, accounts=renewals.accounts, engine=renewals.engine):
        account = renewals.accounts.get(job.org_id, payload.account_id)
        if account is None:
            raise PermanentError(f"there is no account {payload.account_id}")
        if account.secret_id is None:
            raise PermanentError(f"the account {account.name} has no tokens: its posts are only previewed")
        if account.state is AccountState.NEEDS_AUTHORISATION:
            return _told(account, renewals)
        return _renewed(job, account, account.secret_id, payload.stale, context, renewals)


def _renewed(
    job: Job, account: Account, secret_id: str, stale: str | None, context: JobContext, renewals: Renewals
) -> Mapping[str, Any]:
    stored = renewals.secrets.get(secret_id)
    is_another = stale is not None and fingerprint(usable(stored.get("access_token")) or "") != stale
    if is_another or stored.get("renewed_by") == job.job_id:
        return _connected(account, stored, renewals, renewed=stored.get("renewed_by") == job.job_id)
    refresh_token = stored.get("refresh_token")
    if not refresh_token:
        if stale is None:  # asked for by hand: nobody says that the network refuses the token the account has
            raise PermanentError(
                f"the account {account.name} has no refresh token: there is nothing to renew its access token with"
            )
        return _paused(
            account,
            f"{_network(account)} does not take its access token any more, and it has no refresh token",
            renewals,
        )
    context.checkpoint()
    _require_time(context, renewals)
    context.report(f"asking {_network(account)} for a new token")
    try:
        tokens = renewals.oauths(account.publisher).renew(refresh_token)
    except GrantRefused as refused:
        return _paused(account, refused.reason, renewals)
    kept = Tokens(tokens.access_token, tokens.refresh_token or refresh_token, tokens.expires_at)
    after = {**kept.as_secret(), "renewed_by": job.job_id}
    _keep(secret_id, after, renewals)
    log.info("token renewed", action="token_renewed", org_id=account.org_id, account_id=account.account_id)
    return _connected(account, after, renewals, renewed=True)


def _network(account: Account) -> str:
    return KNOWN[account.publisher].title


def _require_time(context: JobContext, renewals: Renewals) -> None:
    """Leave the exchange to the next run when AWS was so slow until now that this one may not live to store it."""
    left = context.remaining()
    if left is not None and left < LEAST_TIME:
        raise RateLimited("too little time was left to renew the token", retry_at=renewals.engine.clock() + _SOON)


def _keep(secret_id: str, values: Mapping[str, str], renewals: Renewals) -> None:
    """The old tokens are spent: whatever keeps the new ones from being stored is tried again at once."""
    for pause in _STORE_PAUSES_SECONDS:
        try:
            renewals.secrets.put(secret_id, values)
        except TransientError as error:
            log.warning("new token not stored yet", action="token_store_postponed", reason=error.reason)
            renewals.engine.sleep(pause)
        else:
            return
    renewals.secrets.put(secret_id, values)


def _connected(account: Account, stored: Mapping[str, str], renewals: Renewals, *, renewed: bool) -> Mapping[str, Any]:
    ends = stored.get("expires_at")
    expires_at = datetime.fromisoformat(ends) if ends else None
    renewals.accounts.change(
        account.org_id, account.account_id, lambda known: known.model_copy(update={"token_expires_at": expires_at})
    )
    return {
        "state": AccountState.CONNECTED.value,
        "account_id": account.account_id,
        "renewed": renewed,
        "expires_at": rfc3339(expires_at) if expires_at else None,
    }


def _paused(account: Account, reason: str, renewals: Renewals) -> Mapping[str, Any]:
    now = renewals.engine.clock()
    changes = {"state": AccountState.NEEDS_AUTHORISATION, "state_reason": reason, "state_since": now}
    after = renewals.accounts.change(account.org_id, account.account_id, lambda known: known.model_copy(update=changes))
    log.warning(
        "account needs authorisation", action="account_paused", org_id=account.org_id, account_id=account.account_id
    )
    return _told(after or account, renewals)


def _told(account: Account, renewals: Renewals) -> Mapping[str, Any]:
    """Tell the users of the pause, once: a run that dies before it did so is followed by one that finds the pause."""
    since = account.state_since or account.created_at
    path = f"/api/accounts/{account.account_id}"
    event = Event(
        org_id=account.org_id,
        event_id=f"account-needs-authorisation:{account.account_id}:{rfc3339(since)}",
        kind=NotificationKind.ACCOUNT_NEEDS_AUTHORISATION,
        at=since,
        title=f"The {_network(account)} account {account.name} needs your authorisation",
        reason=account.state_reason or f"{_network(account)} does not take its tokens any more",
        advice="Connect it anew: POST /api/accounts/authorizations with"
        f' {{"network": "{account.network}", "account_id": "{account.account_id}", "redirect_uri": "..."}}, or PATCH'
        f" {path} with new tokens. Until then its posts wait; other accounts go on.",
        link=path,
        about=f"{_network(account)} accounts",
    )
    notify(event, store=renewals.notifications)
    return {
        "state": AccountState.NEEDS_AUTHORISATION.value,
        "account_id": account.account_id,
        "renewed": False,
        "reason": event.reason,
    }
