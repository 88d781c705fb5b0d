"""Connects, changes and disconnects social accounts: the record in the table, the tokens in the secret store."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from functions.api.accounts.models import AccountChange, AccountRequest
from functions.api.accounts.wake import wake
from functions.api.preconditions import entity_tag, require_match
from functions.api.refusals import BadField, BadFields, Missing, require_values
from functions.api.services import Services
from functions.shared.domain.accounts.model import PREVIEW, Account, AccountState
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.log import log
from functions.shared.networks.account_lock import account_lock
from functions.shared.networks.authorisation import waits_for_token
from functions.shared.networks.registry.known import KNOWN, publisher_for
from functions.shared.networks.tokens import fingerprint

PATIENCE = 12
"""Looks at a lock that another has, half a second apart."""
_CONNECTED = {"state": AccountState.CONNECTED, "state_reason": None}


def connect_account(request: AccountRequest, org_id: str, *, services: Services) -> Account:
    """Store a new account; raises BadFields when publisher, network and tokens do not go together.

    The tokens are stored first: an account whose tokens are missing would fail each post, while tokens without
    an account are nobody's. They are taken back when the account cannot be stored.
    """
    publisher = request.publisher or publisher_for(request.network)
    _require_consistent(request, publisher)
    now = services.engine.clock()
    account_id = services.engine.new_id(now)
    tokens = _tokens(request)
    account = Account(
        org_id=org_id,
        account_id=account_id,
        network=request.network,
        publisher=publisher,
        name=request.name,
        secret_id=f"{services.secret_prefix}{org_id}/{account_id}" if tokens else None,
        created_at=now,
        token_fingerprint=_fingerprint(tokens),
    )
    with _alone(account, services):
        _require_another(account, services)
        store_account(account, tokens, services=services)
    return account


def store_account(account: Account, tokens: Mapping[str, str], *, services: Services) -> None:
    """Store a new account with its tokens, if it has any."""
    if account.secret_id is not None:
        services.secrets.put(account.secret_id, tokens)
    try:
        services.accounts.put(account)
    except FlywheelError:
        _delete_tokens(account, services)
        raise
    log.info("account connected", action="account_connected", org_id=account.org_id, account_id=account.account_id)


def reconnect_account(
    account: Account, tokens: Mapping[str, str], found: Mapping[str, Any], *, services: Services
) -> Account:
    """Give an account new tokens: it is connected again, and what waited for that goes on.

    `found` is what is known with the tokens. Raises AccountBusy while its old token is being renewed, and Missing.
    """
    if account.secret_id is None:
        raise AssertionError(f"{account.account_id} has no tokens")
    with _locked(account, services):
        services.secrets.put(account.secret_id, tokens)
        changes = {**_CONNECTED, **found, "state_since": services.engine.clock()}
        after = services.accounts.change(
            account.org_id, account.account_id, lambda known: known.model_copy(update=changes)
        )
    if after is None:
        _delete_tokens(account, services)
        raise Missing("account", account.account_id)
    log.info("account reconnected", action="account_reconnected", org_id=after.org_id, account_id=after.account_id)
    wake(after.org_id, lambda job: waits_for_token(job, after.account_id), engine=services.engine)
    return after


def account_tag(account: Account) -> str:
    """The entity tag of what people change of an account."""
    return entity_tag("account", {"name": account.name, "enabled": account.enabled})


def change_account(
    account: Account, change: AccountChange, *, if_match: str | None = None, services: Services
) -> Account:
    """Rename, pause or resume an account, or give it new tokens. Raises BadFields when the account takes none.

    Raises Missing when it was disconnected meanwhile, Stale when it is not as `if_match` says, and AccountBusy as
    `reconnect_account` does.
    """
    _require_fitting(account, change)
    require_match(if_match, account_tag(account))
    tokens = _tokens(change)
    changed = change.model_dump(include={"name", "enabled"}, exclude_none=True)
    if tokens:
        after: Account | None = reconnect_account(
            account,
            tokens,
            {**changed, "token_expires_at": None, "token_fingerprint": _fingerprint(tokens)},
            services=services,
        )
    else:
        after = services.accounts.change(
            account.org_id, account.account_id, lambda known: _changed(known, changed, if_match)
        )
    if after is None:
        raise Missing("account", account.account_id)
    log.info(
        "account changed",
        action="account_changed",
        org_id=account.org_id,
        account_id=account.account_id,
        changed=sorted({*changed, *tokens}),
    )
    return after


def disconnect_account(account: Account, *, services: Services) -> None:
    """Delete an account and its tokens.

    The tokens go first: should the second step fail, the account is still listed and can be deleted again.
    """
    with _locked(account, services):
        _delete_tokens(account, services)
        services.accounts.delete(account.org_id, account.account_id)
    log.info(
        "account disconnected",
        action="account_disconnected",
        org_id=account.org_id,
        account_id=account.account_id,
    )


def _changed(known: Account, changed: Mapping[str, Any], if_match: str | None) -> Account:
    require_match(if_match, account_tag(known))
    return known.model_copy(update=changed)


def _locked(account: Account, services: Services) -> AbstractContextManager[None]:
    """Nobody renews the account's token meanwhile; waits some seconds for a renewal to end."""
    engine = services.engine
    owner = f"api/{engine.new_id(engine.clock())}"
    return account_lock(
        account.org_id, account.account_id, owner=owner, accounts=services.accounts, engine=engine, patience=PATIENCE
    )


def _alone(account: Account, services: Services) -> AbstractContextManager[object]:
    """No other call connects the account of this token meanwhile."""
    if account.token_fingerprint is None:
        return nullcontext()
    return account_lock(
        account.org_id,
        f"token-{account.token_fingerprint}",
        owner=f"api/{account.account_id}",
        accounts=services.accounts,
        engine=services.engine,
        patience=PATIENCE,
    )


def _require_another(account: Account, services: Services) -> None:
    """Raise StateForbids when the token is another account's: whatever is published would be posted twice."""
    if account.token_fingerprint is None:
        return
    for other in services.accounts.accounts(account.org_id):
        if (other.publisher, other.token_fingerprint) != (account.publisher, account.token_fingerprint):
            continue
        if other.account_id != account.account_id:
            raise StateForbids(
                f"this access token is the account {other.account_id}'s (`{other.name}`) already; "
                f"change that one with PATCH /api/accounts/{other.account_id}, or send another account's token"
            )


def _fingerprint(tokens: Mapping[str, str]) -> str | None:
    return fingerprint(tokens["access_token"]) if "access_token" in tokens else None


def _delete_tokens(account: Account, services: Services) -> None:
    if account.secret_id is not None:
        services.secrets.delete(account.secret_id)


def _tokens(request: AccountRequest | AccountChange) -> dict[str, str]:
    given = {"access_token": request.access_token, "refresh_token": request.refresh_token}
    return {name: token.get_secret_value() for name, token in given.items() if token is not None}


def _require_fitting(account: Account, change: AccountChange) -> None:
    require_values(change)
    given = [name for name in ("access_token", "refresh_token") if getattr(change, name) is not None]
    if account.secret_id is None and given:
        why = f"is not used by the publisher `{account.publisher}`; leave it out"
        raise BadFields(*(BadField(name, why) for name in given))
    if given == ["refresh_token"]:
        raise BadFields(BadField("access_token", "is required with a refresh_token: they are replaced together"))


def _require_consistent(request: AccountRequest, publisher: str) -> None:
    problems = []
    known = KNOWN[publisher]
    if request.network not in known.networks:
        only = " and ".join(sorted(known.networks))
        why = f"`{publisher}` posts to {only} only; use `{publisher_for(request.network)}` for {request.network}"
        problems.append(BadField("publisher", why))
    if publisher != PREVIEW and request.access_token is None:
        why = f"is required to post to {known.title}; give one, or choose the publisher `{PREVIEW}`"
        problems.append(BadField("access_token", why))
    if publisher == PREVIEW:
        unused = [name for name in ("access_token", "refresh_token") if getattr(request, name) is not None]
        problems.extend(BadField(name, f"is not used by the publisher `{PREVIEW}`; leave it out") for name in unused)
    if problems:
        raise BadFields(*problems)
