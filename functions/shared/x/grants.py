"""The port to X's OAuth 2 (https://docs.x.com/fundamentals/authentication/oauth-2-0): who let this app act, and how."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from functions.shared.clock import rfc3339
from functions.shared.errors import PermanentError
from functions.shared.store.secrets import SecretStore

SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access")


class GrantRefused(PermanentError):
    """X refuses the code or the refresh token for good: it was used, has expired or was revoked."""


class AppUnusable(PermanentError):
    """The deployment has no app at X that X accepts. No account is to blame: the operator must mend it."""


@dataclass(frozen=True, slots=True)
class App:
    """The app's credentials; a public client has no secret."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an exchange gave. `expires_at` is when the access token ends, where X told."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def as_secret(self) -> dict[str, str]:
        """The values of an account's secret."""
        values = {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "expires_at": rfc3339(self.expires_at) if self.expires_at else None,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class XUser:
    """Whose account a token is for. `handle` is without the `@`."""

    user_id: str
    handle: str


class OAuth(Protocol):
    """Exchanges, each asked for once.

    Raises GrantRefused and AppUnusable, PermanentError for any other refusal, RateLimited, and TransientError when
    there was no answer that can be read: what was exchanged may be spent then.
    """

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        """The tokens for a code, which works once."""

    def renew(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token, which works once."""

    def owner(self, access_token: str) -> XUser:
        """Whose token this is."""


def fingerprint(token: str) -> str:
    """Tells tokens apart without giving them away."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def usable(token: str | None) -> str | None:
    """The token, if it can be sent in a header."""
    return token if token and all("!" <= character <= "~" for character in token) else None


def read_app(secrets: SecretStore, secret_id: str | None) -> App:
    """The app's credentials as they are now. AppUnusable tells how to set them."""
    values: Mapping[str, str] = secrets.get(secret_id) if secret_id else {}
    client_id, client_secret = values.get("client_id", "").strip(), values.get("client_secret", "").strip()
    if not client_id:
        where = f"the secret {secret_id}" if secret_id else "a secret, and name that in X_APP_SECRET_ID"
        raise AppUnusable(
            "this deployment has no app at X: its operator must make one at https://developer.x.com and put its"
            f' {{"client_id": "...", "client_secret": "..."}} into {where}'
        )
    return App(client_id, client_secret or None)
