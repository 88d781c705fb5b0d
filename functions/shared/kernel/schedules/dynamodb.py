"""The schedules on DynamoDB, in the `jobs` table."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.schedules.items import due_key, from_item, to_item
from functions.shared.kernel.schedules.model import Schedule
from functions.shared.kernel.schedules.store import Overtaken, TooManySchedules
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.batch import query_prefix
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, transact, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoScheduleStore:
    """Implements ScheduleStore. How many an organisation has is an item of its own, kept in the same transactions."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def add(self, schedule: Schedule, *, limit: int) -> None:
        new = {
            "TableName": self.table,
            "Item": to_item(schedule),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        counted = self._count(schedule.org_id, 1, "attribute_not_exists(pk) OR schedules < :limit", {":limit": limit})
        try:
            with classified("storing a schedule"):
                transact(self.client(), [{"Update": counted}, {"Put": new}])  # type: ignore[typeddict-item]
        except ConditionFailed as refused:
            if 1 not in refused.failed:  # else it is there: the call that made it is made again
                raise TooManySchedules from None

    def get(self, org_id: str, schedule_id: str) -> Schedule | None:
        key = encode(dict(keys.schedule(org_id, schedule_id)))
        with classified("reading a schedule"):
            answer = self.client().get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def of_org(self, org_id: str) -> list[Schedule]:
        prefix = keys.schedule(org_id, "")
        items = query_prefix(self.client(), self.table, prefix, "listing schedules")
        return [from_item(item) for item in items]

    def replace(self, before: Schedule, after: Schedule) -> Schedule:
        written = changed(after, version=before.version + 1)
        put: Any = {
            "TableName": self.table,
            "Item": to_item(written),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": encode({":version": before.version}),
        }
        try:
            with classified("storing a schedule"):
                if after.deleted and not before.deleted:
                    counted: Any = self._count(after.org_id, -1, "attribute_exists(pk)", {})
                    transact(self.client(), [{"Put": put}, {"Update": counted}])
                else:
                    write(lambda: self.client().put_item(**put))
        except ConditionFailed:
            raise Overtaken from None
        return written

    def remove(self, schedule: Schedule) -> None:
        try:
            with classified("removing a schedule"):
                write(
                    lambda: self.client().delete_item(
                        TableName=self.table,
                        Key=encode(dict(keys.schedule(schedule.org_id, schedule.schedule_id))),
                        ConditionExpression="attribute_not_exists(pk) OR deleted = :yes",
                        ExpressionAttributeValues=encode({":yes": True}),
                    )
                )
        except ConditionFailed:
            return

    def due(self, shard: int, *, until: datetime, limit: int) -> list[tuple[str, str]]:
        with classified("reading due schedules"):
            answer = self.client().query(
                TableName=self.table,
                IndexName="due",
                KeyConditionExpression="due_shard = :shard AND due_at <= :until",
                ExpressionAttributeValues=encode({":shard": due_key(shard), ":until": rfc3339(until)}),
                Limit=limit,
            )
        return [keys.schedule_ids(decode(item)) for item in answer["Items"]]

    def _count(self, org_id: str, change: int, condition: str, values: dict[str, int]) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Key": encode(dict(keys.schedule_count(org_id))),
            "UpdateExpression": "ADD schedules :change",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": encode({":change": change, **values}),
        }
