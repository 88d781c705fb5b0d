"""How accounts of a publisher are connected by authorisation, and how their tokens are renewed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from functions.shared.domain.network import Network
from functions.shared.kernel.circuits.breaker import Guard, Unguarded
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.secrets.store import SecretStore
from functions.shared.networks.port import App, OAuth, SignIn
from functions.shared.networks.registry.known import KNOWN
from functions.shared.networks.registry.settings import AppSettings, SignInSettings
from functions.shared.networks.tokens import read_app
from functions.shared.networks.x.settings import PORTAL, SCOPES

OAuths = Callable[[str], OAuth]
"""Gives the exchanges of a publisher of this name; PermanentError when its accounts are not authorised."""

SignIns = Callable[[str], SignIn]
"""Gives the sign-in of a publisher of this name; PermanentError when its accounts are not authorised."""


@dataclass(frozen=True, slots=True)
class Exchanges:
    """What exchanging tokens needs; `seconds` is for one request, `circuit` by the service's name and address."""

    secrets: SecretStore
    clock: Clock
    seconds: float = 15.0
    circuit: Callable[[str, str], Guard] = lambda service, base_url: Unguarded()


def oauth(name: str, *, settings: AppSettings, exchanges: Exchanges) -> OAuth:
    """Implements OAuths, once its keywords are bound."""
    if name not in _OAUTHS:
        raise PermanentError(f"accounts of the publisher {name} are not connected by authorisation")
    return _OAUTHS[name](settings, exchanges)


def sign_in(name: str, *, settings: SignInSettings, exchanges: Exchanges) -> SignIn:
    """Implements SignIns, once its keywords are bound."""
    if name not in _SIGN_INS:
        raise PermanentError(f"accounts of the publisher {name} are not connected by authorisation")
    return _SIGN_INS[name](settings, exchanges)


def _x_app(settings: AppSettings, exchanges: Exchanges) -> App:
    return read_app(
        exchanges.secrets,
        settings.x_app_secret_id,
        network=KNOWN["x"].title,
        portal=PORTAL,
        setting="X_APP_SECRET_ID",
    )


def _x_oauth(settings: AppSettings, exchanges: Exchanges) -> OAuth:
    from functions.shared.networks.x.sign_in import HttpOAuth  # noqa: PLC0415 - few calls need its slow HTTP library

    app, base_url = partial(_x_app, settings, exchanges), settings.x_api_base_url
    circuit = exchanges.circuit("X's token service", base_url)
    return HttpOAuth(base_url, app, exchanges.clock, seconds=exchanges.seconds, circuit=circuit)


def _x(settings: SignInSettings, exchanges: Exchanges) -> SignIn:
    return SignIn(
        publisher="x",
        network=Network.TWITTER,
        title=KNOWN["x"].title,
        authorize_url=settings.x_authorize_url,
        scopes=SCOPES,
        app=partial(_x_app, settings, exchanges),
        oauth=cache(partial(_x_oauth, settings, exchanges)),
    )


_OAUTHS: Mapping[str, Callable[[AppSettings, Exchanges], OAuth]] = {"x": _x_oauth}
_SIGN_INS: Mapping[str, Callable[[SignInSettings, Exchanges], SignIn]] = {"x": _x}
