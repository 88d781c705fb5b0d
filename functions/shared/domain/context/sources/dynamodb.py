"""The sources on DynamoDB, in the `context` table. How many an organisation has is counted (decision 0035)."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.shared.domain import keys
from functions.shared.domain.context.model import Source
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.domain.context.sources.store import DueSource
from functions.shared.domain.limits import MOST_SOURCES
from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.store.batch import query_all, query_prefix
from functions.shared.kernel.store.counted import NEW, Counted, Exists
from functions.shared.kernel.store.items import Item, decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_SHARDS = 8


@dataclass(frozen=True, slots=True)
class DynamoSources:
    """Implements SourceStore. Only sources that are switched on and have a next fetch have keys of the `due` index."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def add(self, source: Source, *, limit: int = MOST_SOURCES) -> None:
        put: dict[str, Any] = {"TableName": self.table, "Item": _item(source)}
        with classified("storing a source"):
            try:
                new = {"Put": {**put, "ConditionExpression": NEW}}
                self._counted(source.org_id).make(new, limit=limit)
            except Exists:
                self.client().put_item(**put)

    def get(self, org_id: str, source_id: str) -> Source | None:
        key = encode(dict(keys.source(org_id, source_id)))
        with classified("reading a source"):
            answer = self.client().get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return _source(answer["Item"]) if "Item" in answer else None

    def of_org(self, org_id: str) -> list[Source]:
        items = query_prefix(self.client(), self.table, keys.source(org_id, ""), "listing sources")
        return [_source(item) for item in items]

    def replace(self, before: Source, after: Source) -> Source:
        written = after.model_copy(update={"version": before.version + 1})
        put: dict[str, Any] = {
            "TableName": self.table,
            "Item": _item(written),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": encode({":version": before.version}),
        }
        try:
            with classified("storing a source"):
                write(lambda: self.client().put_item(**put))
        except ConditionFailed:
            if self.get(before.org_id, before.source_id) != written:  # or it is our own write, whose answer was lost
                raise Overtaken from None
        return written

    def delete(self, org_id: str, source_id: str) -> None:
        with classified("deleting a source"):
            self._counted(org_id).delete(keys.source(org_id, source_id))

    def due(self, *, until: datetime, limit: int) -> list[DueSource]:
        found = [due for shard in range(_SHARDS) for due in self._due(shard, until, limit)]
        return sorted(found, key=lambda due: (due.due_at, due.org_id, due.source_id))[:limit]

    def _counted(self, org_id: str) -> Counted:
        counter = keys.count(org_id, "sources")
        return Counted(self.client(), self.table, keys.source(org_id, ""), counter, "sources")

    def _due(self, shard: int, until: datetime, limit: int) -> list[DueSource]:
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "due",
            "KeyConditionExpression": "due_shard = :shard AND due_at <= :until",
            "ExpressionAttributeValues": encode({":shard": _shard_name(shard), ":until": rfc3339(until)}),
            "Limit": limit,
        }
        entries = [decode(item) for item in query_all(self.client(), request, "reading due sources")]
        return [DueSource(*keys.source_ids(entry), datetime.fromisoformat(entry["due_at"])) for entry in entries]


def _item(source: Source) -> Item:
    is_due = source.enabled and source.next_fetch_at is not None
    return encode(
        {
            **keys.source(source.org_id, source.source_id),
            "version": source.version,
            "due_shard": _shard_name(zlib.crc32(source.org_id.encode()) % _SHARDS) if is_due else None,
            "due_at": rfc3339(source.next_fetch_at) if is_due and source.next_fetch_at else None,
            "document": source.model_dump_json(exclude_none=True),
        }
    )


def _source(item: Any) -> Source:
    return Source.model_validate_json(decode(item)["document"])


def _shard_name(shard: int) -> str:
    return f"sources-{shard}"
