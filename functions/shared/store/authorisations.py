"""Authorisations that users have begun at a platform and not finished yet, in the `accounts` table."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.aws import classified
from functions.shared.store import keys
from functions.shared.store.items import decode, encode
from functions.shared.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_KEPT = timedelta(days=1)


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


@dataclass
class MemoryAuthorisations:
    """Implements AuthorisationStore in a dictionary."""

    stored: dict[tuple[str, str], PendingAuthorisation] = field(default_factory=dict)

    def put(self, pending: PendingAuthorisation) -> None:
        self.stored[pending.org_id, pending.authorisation_id] = pending

    def get(self, org_id: str, authorisation_id: str) -> PendingAuthorisation | None:
        return self.stored.get((org_id, authorisation_id))

    def take(self, pending: PendingAuthorisation, *, owner: str) -> bool:
        stored = self.get(pending.org_id, pending.authorisation_id)
        if stored is None or stored.used_by not in (None, owner):
            return False
        self.put(stored.model_copy(update={"used_by": owner}))
        return True

    def release(self, pending: PendingAuthorisation, *, owner: str) -> None:
        stored = self.get(pending.org_id, pending.authorisation_id)
        if stored is not None and stored.used_by == owner:
            self.put(stored.model_copy(update={"used_by": None}))


@dataclass(frozen=True, slots=True)
class DynamoAuthorisations:
    """Implements AuthorisationStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def put(self, pending: PendingAuthorisation) -> None:
        key = keys.authorisation(pending.org_id, pending.authorisation_id)
        expires_at = int((pending.expires_at + _KEPT).timestamp())
        document = pending.model_dump_json(exclude={"used_by"}, exclude_none=True)
        with classified("storing an authorisation"):
            self.client().put_item(
                TableName=self.table, Item=encode({**key, "document": document, "expires_at": expires_at})
            )

    def get(self, org_id: str, authorisation_id: str) -> PendingAuthorisation | None:
        key = encode(dict(keys.authorisation(org_id, authorisation_id)))
        with classified("reading an authorisation"):
            answer = self.client().get_item(TableName=self.table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return None
        item = decode(answer["Item"])
        pending = PendingAuthorisation.model_validate_json(item["document"])
        return pending.model_copy(update={"used_by": item.get("used_by")})

    def take(self, pending: PendingAuthorisation, *, owner: str) -> bool:
        condition = "attribute_exists(pk) AND (attribute_not_exists(used_by) OR used_by = :owner)"
        try:
            self._update(pending, "SET used_by = :owner", condition, owner)
        except ConditionFailed:
            return False
        return True

    def release(self, pending: PendingAuthorisation, *, owner: str) -> None:
        with suppress(ConditionFailed):
            self._update(pending, "REMOVE used_by", "used_by = :owner", owner)

    def _update(self, pending: PendingAuthorisation, update: str, condition: str, owner: str) -> None:
        key = encode(dict(keys.authorisation(pending.org_id, pending.authorisation_id)))
        with classified("changing an authorisation"):
            write(
                lambda: self.client().update_item(
                    TableName=self.table,
                    Key=key,
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=encode({":owner": owner}),
                )
            )
