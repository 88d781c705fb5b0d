"""What callers send and get about social accounts."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StrictBool

from functions.api.models import Request, Time, View
from functions.shared.domain.accounts.model import AccountState
from functions.shared.domain.network import Network
from functions.shared.kernel.messages import Line
from functions.shared.networks.registry.known import KNOWN

if TYPE_CHECKING:
    PublisherName = str
else:
    PublisherName = Literal[tuple(KNOWN)]


def _fit_for_a_header(token: SecretStr) -> SecretStr:
    if any(not "!" <= character <= "~" for character in token.get_secret_value()):
        raise ValueError("must be visible ASCII characters, without spaces or line breaks")
    return token


Token = Annotated[SecretStr, Field(min_length=1, max_length=4096), AfterValidator(_fit_for_a_header)]
"""A credential, which no message or log line repeats."""


class AccountRequest(Request):
    """A social account to post on."""

    network: Network = Field(description="`x` is accepted for `twitter`.")
    name: Line = Field(max_length=100, description="How you call the account.")
    publisher: PublisherName | None = Field(
        default=None,
        description="`x` posts to X; `preview` stores exactly what would be posted. By default `x` for twitter, "
        "`preview` for every other network.",
    )
    access_token: Token | None = Field(default=None, description="The account's OAuth 2 user token; kept secret.")
    refresh_token: Token | None = Field(default=None, description="Renews the access token; kept secret.")


class AccountChange(Request):
    """What to change of an account; what is left out stays."""

    name: Line | None = Field(default=None, max_length=100, description="How you call the account.")
    enabled: StrictBool | None = Field(default=None, description="Whether posts are made on it.")
    access_token: Token | None = Field(
        default=None, description="A new OAuth 2 user token; with it, the refresh token is replaced or forgotten, too."
    )
    refresh_token: Token | None = Field(default=None, description="Renews the new access token, which must be given.")


class AccountView(View):
    """A connected account. Its tokens are never shown."""

    account_id: str
    network: Network
    name: str
    publisher: str
    enabled: bool
    created_at: Time
    handle: str | None = Field(description="What the network calls it, without `@`, where that is known.")
    state: AccountState = Field(
        description="`needs_authorisation`: the network takes its tokens no more. Its posts wait until it is connected "
        "anew; other accounts go on."
    )
    state_reason: str | None = Field(description="Why it needs authorisation.")
    state_since: Time | None = Field(description="Since when it is in this state; null since it was connected.")
    token_expires_at: Time | None = Field(
        description="When its access token ends, where the network told; it is renewed by itself."
    )


class AccountList(View):
    """A page of accounts, oldest first."""

    items: list[AccountView]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")
