"""Social accounts of organisations."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from functions.shared.domain.network import Network

PREVIEW = "preview"
"""The publisher that publishes nothing: its posts are nowhere to be measured."""


class AccountState(StrEnum):
    """Whether the platform takes the account's authorisation."""

    CONNECTED = "connected"
    NEEDS_AUTHORISATION = "needs_authorisation"


class Account(BaseModel):
    """A social account of an organisation; `publisher` is the adapter that posts on it, or the preview.

    Its tokens are in Secrets Manager under `secret_id`, never here.

    An account that needs authorisation is paused: its posts wait, and its metrics are not read, until it is connected
    anew. `state_reason` and `state_since` say why and since when. `platform_user_id` and `handle` are the platform's.
    `token_expires_at` is when the access token ends, where the platform told.
    `token_fingerprint` tells the token that a user gave from another, and gives nothing of it away.
    """

    model_config = ConfigDict(frozen=True)

    org_id: str
    account_id: str
    network: Network
    publisher: str
    name: str
    secret_id: str | None = None
    enabled: bool = True
    created_at: datetime
    state: AccountState = AccountState.CONNECTED
    state_reason: str | None = None
    state_since: datetime | None = None
    platform_user_id: str | None = None
    handle: str | None = None
    token_expires_at: datetime | None = None
    token_fingerprint: str | None = None
