"""Pending authorisations on DynamoDB."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from functions.api.authorizations.store import PendingAuthorisation
from functions.shared.domain import keys
from functions.shared.kernel.aws import classified
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_KEPT = timedelta(days=1)


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
