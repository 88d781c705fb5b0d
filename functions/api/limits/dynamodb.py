"""Buckets on DynamoDB, one item of an organisation in the `jobs` table. Decision 0040."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoBuckets:
    """Implements BucketStore. Where nothing was foreseen wrongly, a swap is one write."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def swap(self, org_id: str, before: int, after: int) -> int | None:
        request: dict[str, Any] = {
            "TableName": self.table,
            "Key": encode(dict(keys.calls(org_id))),
            "UpdateExpression": "SET full_at = :after",
            "ConditionExpression": "full_at = :before" if before else "attribute_not_exists(full_at)",
            "ExpressionAttributeValues": encode({":after": after, **({":before": before} if before else {})}),
        }
        with classified("counting calls"):
            try:
                write(lambda: self.client().update_item(**request))
            except ConditionFailed:
                return self._stored(org_id)
        return None

    def _stored(self, org_id: str) -> int:
        answer = self.client().get_item(TableName=self.table, Key=encode(dict(keys.calls(org_id))), ConsistentRead=True)
        return int(decode(answer["Item"])["full_at"]) if "Item" in answer else 0
