"""Connects accounts by OAuth 2 with PKCE (RFC 7636): the user agrees at the network, which gives us the tokens."""

import base64
import hashlib
import secrets
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import quote, urlencode

from functions.api.accounts.connect import PATIENCE, reconnect_account, store_account
from functions.api.authorizations.models import AuthorizationRequest, AuthorizationResult, AuthorizationView
from functions.api.authorizations.store import PendingAuthorisation
from functions.api.refusals import BadField, BadFields, Missing
from functions.api.services import Services
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.network import Network
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.errors import RateLimited, TransientError
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.log import log
from functions.shared.networks.account_lock import account_lock
from functions.shared.networks.port import GrantRefused, NetworkUser, SignIn, TokenRefused, Tokens
from functions.shared.networks.registry.known import publisher_for, signs_in

_LIFETIME = timedelta(minutes=10)
_LOOKS_AT_OWNER = 2
_PAUSE_SECONDS = 0.5
AGAIN = "begin another one with POST /api/accounts/authorizations"


def begin_authorization(request: AuthorizationRequest, org_id: str, *, services: Services) -> AuthorizationView:
    """Where the user has to agree.

    Raises BadFields, Missing, and AppUnusable while the deployment has no app at the network.
    """
    sign_in = _required_sign_in(request, org_id, services)
    app = sign_in.app()
    now = services.engine.clock()
    pending = PendingAuthorisation(
        org_id=org_id,
        authorisation_id=services.engine.new_id(now),
        state=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        redirect_uri=request.redirect_uri,
        network=request.network,
        name=request.name,
        account_id=request.account_id,
        expires_at=now + _LIFETIME,
    )
    services.authorisations.put(pending)
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": pending.redirect_uri,
        "scope": " ".join(sign_in.scopes),
        "state": pending.state,
        "code_challenge": _challenge(pending.verifier),
        "code_challenge_method": "S256",
    }
    url = sign_in.authorize_url
    log.info("authorisation begun", action="authorisation_begun", org_id=org_id, account_id=request.account_id)
    return AuthorizationView(
        authorization_id=pending.authorisation_id,
        authorization_url=f"{url}{'&' if '?' in url else '?'}{urlencode(asked, quote_via=quote)}",
        expires_at=pending.expires_at,
    )


def finish_authorization(
    authorization_id: str, result: AuthorizationResult, org_id: str, *, services: Services
) -> tuple[Account, bool]:
    """The connected account, and whether it is new.

    An account that the organisation has connected already is connected anew: two of one user would post all twice.
    Raises Missing, StateForbids, BadFields, and while the network does not answer TransientError or RateLimited: where
    it has not taken the code, the authorisation stays to be finished by another call; else the text says to begin anew.
    """
    pending = _the_pending(authorization_id, result, org_id, services)
    sign_in = _sign_in(pending.network, services)
    tokens = _redeemed(pending, result, sign_in, services)
    user = _owner(tokens, sign_in, services)
    with _alone(pending, user, sign_in, services):
        return _connected(pending, tokens, user, sign_in, services)


def _alone(
    pending: PendingAuthorisation, user: NetworkUser, sign_in: SignIn, services: Services
) -> AbstractContextManager[None]:
    """No other call connects this user meanwhile: each would find that nobody has."""
    return account_lock(
        pending.org_id,
        f"{sign_in.publisher}-user-{user.user_id}",
        owner=f"api/{pending.authorisation_id}",
        accounts=services.accounts,
        engine=services.engine,
        patience=PATIENCE,
    )


def _connected(
    pending: PendingAuthorisation, tokens: Tokens, user: NetworkUser, sign_in: SignIn, services: Services
) -> tuple[Account, bool]:
    known = _known(pending, user, sign_in, services)
    secret = tokens.as_secret()
    if known is not None:
        found = {"platform_user_id": user.user_id, "handle": user.handle, "token_expires_at": tokens.expires_at}
        return reconnect_account(known, secret, found, services=services), False
    org_id = pending.org_id
    now = services.engine.clock()
    account_id = services.engine.new_id(now)
    account = Account(
        org_id=org_id,
        account_id=account_id,
        network=sign_in.network,
        publisher=sign_in.publisher,
        name=pending.name or f"@{user.handle}",
        secret_id=f"{services.secret_prefix}{org_id}/{account_id}",
        created_at=now,
        platform_user_id=user.user_id,
        handle=user.handle,
        token_expires_at=tokens.expires_at,
    )
    store_account(account, secret, services=services)
    return account, True


def _sign_in(network: Network, services: Services) -> SignIn:
    return services.sign_ins(publisher_for(network))


def _required_sign_in(request: AuthorizationRequest, org_id: str, services: Services) -> SignIn:
    """The network's sign-in, for an account that may use it."""
    if not signs_in(request.network):
        able = " or ".join(network for network in Network if signs_in(network))
        raise BadFields(BadField("network", f"must be {able}: no other network is connected by authorisation"))
    sign_in = _sign_in(request.network, services)
    if request.account_id is not None:
        _require_its_account(request.account_id, request, org_id, sign_in, services)
    return sign_in


def _require_its_account(
    account_id: str, request: AuthorizationRequest, org_id: str, sign_in: SignIn, services: Services
) -> None:
    account = services.accounts.get(org_id, account_id)
    if account is None:
        raise Missing("account", account_id)
    if account.publisher != sign_in.publisher:
        only = "this one's posts are only previewed. Leave it out to connect another"
        raise BadFields(BadField("account_id", f"must be an account that posts to {sign_in.title}; {only}"))
    if request.name is not None:
        raise BadFields(BadField("name", "is for a new account; PATCH the account to rename it"))


def _the_pending(
    authorization_id: str, result: AuthorizationResult, org_id: str, services: Services
) -> PendingAuthorisation:
    pending = services.authorisations.get(org_id, authorization_id)
    if pending is None:
        raise Missing("authorization", authorization_id, instead=AGAIN)
    if pending.used_by is not None:
        raise StateForbids(f"this authorization was used already; {AGAIN}")
    if pending.expires_at <= services.engine.clock():
        raise StateForbids(f"this authorization expired at {rfc3339(pending.expires_at)}; {AGAIN}")
    if not secrets.compare_digest(pending.state, result.state.get_secret_value()):
        raise BadFields(
            BadField("state", "is not the one this authorization was begun with; send the one the network gave back")
        )
    return pending


def _redeemed(
    pending: PendingAuthorisation, result: AuthorizationResult, sign_in: SignIn, services: Services
) -> Tokens:
    owner = services.engine.new_id(services.engine.clock())
    if not services.authorisations.take(pending, owner=owner):
        raise StateForbids(f"this authorization was used already; {AGAIN}")
    code = result.code.get_secret_value()
    try:
        return sign_in.oauth().redeem(code, verifier=pending.verifier, redirect_uri=pending.redirect_uri)
    except GrantRefused as refused:
        raise BadFields(BadField("code", f"{refused.reason}; {AGAIN}")) from None
    except (TransientError, RateLimited):
        services.authorisations.release(pending, owner=owner)
        raise


def _owner(tokens: Tokens, sign_in: SignIn, services: Services) -> NetworkUser:
    """Whose account it is; asked for again at once, because the code that led here is spent."""
    for looks_left in range(_LOOKS_AT_OWNER - 1, -1, -1):
        try:
            return sign_in.oauth().owner(tokens.access_token)
        except (TransientError, RateLimited) as error:
            if isinstance(error, RateLimited) or not looks_left:
                raise TransientError(f"{error.reason}, so it is not known whose account this is; {AGAIN}") from None
            services.engine.sleep(_PAUSE_SECONDS)
        except TokenRefused:
            raise StateForbids(f"{sign_in.title} gave a token that it does not take; {AGAIN}") from None
    raise AssertionError("unreachable")


def _known(pending: PendingAuthorisation, user: NetworkUser, sign_in: SignIn, services: Services) -> Account | None:
    """The account to connect anew. StateForbids when it is another user's, or another account has this user."""
    connected = services.accounts.accounts(pending.org_id)
    accounts = [account for account in connected if account.publisher == sign_in.publisher]
    same = next((account for account in accounts if account.platform_user_id == user.user_id), None)
    if pending.account_id is None:
        return same
    asked = next((account for account in accounts if account.account_id == pending.account_id), None)
    if asked is None:
        raise StateForbids(f"the account {pending.account_id} was disconnected meanwhile; {AGAIN}")
    if asked.platform_user_id not in (None, user.user_id):
        raise StateForbids(
            f"you agreed as @{user.handle}, but the account {asked.name} is @{asked.handle}'s; "
            f"sign in to {sign_in.title} as @{asked.handle}, then {AGAIN}"
        )
    if same is not None and same != asked:
        raise StateForbids(f"@{user.handle} is connected already, as the account {same.name} ({same.account_id})")
    return asked


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
