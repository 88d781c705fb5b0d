"""What callers send and get when they connect an account by authorising Flywheel at the network."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from functions.api.accounts.models import Token
from functions.api.models import Request, Time, View
from functions.shared.domain.network import Network
from functions.shared.kernel.messages import Id, Line

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def _fit_to_come_back_to(url: str) -> str:
    """The URI is shown to X and opened in the user's browser; a code must not travel in the clear, or elsewhere."""
    if not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("must be an address of visible ASCII characters")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be an address, such as https://console.example/connected") from None
    if not host or parts.username is not None or parts.password is not None or "#" in url or "\\" in url:
        raise ValueError("must be an address without user name and fragment, such as https://console.example/connected")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise ValueError("must begin with https://, or with http:// on localhost")
    return url


RedirectUri = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_fit_to_come_back_to)]
"""Where X sends the user back to."""


class AuthorizationRequest(Request):
    """An account to connect by its user's authorisation, or one to connect anew."""

    network: Network = Field(description="`twitter`, or `x` for it; no other network is connected in this way.")
    redirect_uri: RedirectUri = Field(
        description="Where the network sends the user back to, with `code` and `state`; registered with the app. "
        "`https`, or `http` on localhost."
    )
    name: Line | None = Field(
        default=None, max_length=100, description="How you call a new account; by default its handle."
    )
    account_id: Id | None = Field(default=None, description="The account to connect anew; a new one without.")


class AuthorizationView(View):
    """An authorisation that was begun. Open `authorization_url` in the user's browser."""

    authorization_id: str
    authorization_url: str = Field(description="Where the user agrees.")
    expires_at: Time = Field(description="Until when it can be finished.")


class AuthorizationResult(Request):
    """What the network sent the user back with."""

    code: Token = Field(description="As in the address the user was sent back to.")
    state: Token = Field(description="As in the address the user was sent back to.")
