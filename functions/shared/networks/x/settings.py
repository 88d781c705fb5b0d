"""Where X is, and the deployment's app there."""

from pydantic import Field

from functions.shared.kernel.settings import EnvSettings

SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access")
"""What a user is asked to agree to."""

PORTAL = "https://developer.x.com"
"""Where an operator makes an app."""


class XSettings(EnvSettings):
    """What every Lambda that calls X is given."""

    x_api_base_url: str = Field(default="https://api.x.com", pattern=r"^https?://[^/\s]+")


class XPostingSettings(XSettings):
    """How long after a claim X's timeline must be read before a missing post counts as never made, in seconds.

    It must be longer than the function that posts may run, or a slow worker's post could still arrive.
    """

    x_settle_seconds: int = Field(default=180, ge=0)


class XAppSettings(XSettings):
    """The secret with the credentials of the deployment's app at X, which signing in and renewing tokens need."""

    x_app_secret_id: str | None = Field(default=None, description="the secret with the credentials of the app at X")


class XSignInSettings(XAppSettings):
    """Where a user agrees."""

    x_authorize_url: str = Field(default="https://x.com/i/oauth2/authorize", pattern=r"^https?://[^/\s]+[^\s#]*$")
