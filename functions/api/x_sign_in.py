"""What connecting an account by its user's authorisation at X needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from functions.api.settings import ApiSettings
from functions.shared import aws
from functions.shared.clock import Clock
from functions.shared.store.authorisations import AuthorisationStore, DynamoAuthorisations
from functions.shared.store.secrets import SecretStore
from functions.shared.x.grants import App, OAuth, read_app

_SECONDS = 6.0
"""For one request to X: there are up to three in one call of the API, which has 29 seconds."""


@dataclass(frozen=True, slots=True)
class XSignIn:
    """`app` and `oauth` are asked for when they are needed: a secret to be read, and a library slow to load."""

    pending: AuthorisationStore
    app: Callable[[], App]
    oauth: Callable[[], OAuth]
    authorize_url: str


def sign_in_from(settings: ApiSettings, *, secrets: SecretStore, clock: Clock) -> XSignIn:
    """The sign-in of a deployment."""
    app = partial(read_app, secrets, settings.x_app_secret_id)

    @cache
    def oauth() -> OAuth:
        from functions.shared.x.oauth import HttpOAuth  # noqa: PLC0415 - few calls need its slow HTTP library

        return HttpOAuth(settings.x_api_base_url, app, clock, seconds=_SECONDS)

    return XSignIn(DynamoAuthorisations(settings.accounts_table, aws.dynamodb), app, oauth, settings.x_authorize_url)
