"""The port to authorisations that users have begun at a platform and not finished yet."""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.domain.network import Network


class PendingAuthorisation(BaseModel):
    """What must be known when the user comes back. `account_id` is the account that is connected anew, if any.

    `used_by` is the call that took it: a code works once, and so does what it belongs to.
    """

    model_config = ConfigDict(frozen=True)

    org_id: str
    authorisation_id: str
    state: str = Field(repr=False)
    verifier: str = Field(repr=False)
    redirect_uri: str
    network: Network = Network.TWITTER
    name: str | None = None
    account_id: str | None = None
    expires_at: datetime
    used_by: str | None = None


class AuthorisationStore(Protocol):
    """Pending authorisations; they are forgotten some time after they expired."""

    def put(self, pending: PendingAuthorisation) -> None:
        """Store a new one."""

    def get(self, org_id: str, authorisation_id: str) -> PendingAuthorisation | None:
        """One of the organisation's own, read consistently."""

    def take(self, pending: PendingAuthorisation, *, owner: str) -> bool:
        """Mark as used by `owner`; False when another call has used it."""

    def release(self, pending: PendingAuthorisation, *, owner: str) -> None:
        """Let it be used again, if `owner` took it."""
