"""Context items on DynamoDB, in the `context` table, with the marks they are known by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.shared.domain import keys
from functions.shared.domain.context.items.store import Known
from functions.shared.domain.context.model import ContextItem
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import Clock, utc_now
from functions.shared.kernel.store.batch import batch_get, query_all
from functions.shared.kernel.store.items import Item, decode, encode
from functions.shared.kernel.store.keys import Key
from functions.shared.kernel.store.transactions import ConditionFailed, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_UNLESS_ANOTHERS = "attribute_not_exists(pk) OR item_id = :item_id OR expires_at <= :now"


@dataclass(frozen=True, slots=True)
class DynamoItems:
    """Implements ItemStore. DynamoDB deletes what has expired up to two days late, so that reads look at the time."""

    table: str
    client: "Callable[[], DynamoDBClient]"
    clock: Clock = utc_now

    def known(self, org_id: str, origin_id: str, marks: Sequence[str]) -> dict[str, Known]:
        by_sk = {keys.mark(org_id, origin_id, mark)["sk"]: mark for mark in marks}
        wanted = [encode(dict(keys.mark(org_id, origin_id, mark))) for mark in by_sk.values()]
        with classified("reading what is known"):
            found = [decode(item) for item in batch_get(self.client(), self.table, wanted)]
        now = self._now()
        return {by_sk[values["sk"]]: _known(values) for values in found if values["expires_at"] > now}

    def save(self, item: ContextItem, *, marks: Sequence[str], expires_at: datetime) -> None:
        known = Known(item.item_id, item.content_hash, item.job_id, expires_at)
        put = {"Put": {"TableName": self.table, "Item": _item(item, int(expires_at.timestamp()))}}
        self._put([*self._marks(item.org_id, item.origin_id, known, marks), put])

    def remember(self, org_id: str, origin_id: str, known: Known, *, marks: Sequence[str]) -> None:
        self._put(self._marks(org_id, origin_id, known, marks))

    def get(self, org_id: str, item_id: str) -> ContextItem | None:
        key = encode(dict(keys.context_item(org_id, item_id)))
        with classified("reading a context item"):
            answer = self.client().get_item(TableName=self.table, Key=key, ConsistentRead=True)
        if "Item" not in answer or decode(answer["Item"])["expires_at"] <= self._now():
            return None
        return _context_item(answer["Item"])

    def newest(
        self, org_id: str, *, origin_id: str | None = None, limit: int = 50, before: str | None = None
    ) -> tuple[list[ContextItem], str | None]:
        found: list[ContextItem] = []
        request = self._newest_request(org_id, origin_id, before) | {"Limit": limit + 1}
        while len(found) <= limit:
            with classified("listing context items"):
                answer = self.client().query(**request)
            found += [_context_item(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit], found[limit - 1].item_id if len(found) > limit else None

    def origins(self, org_id: str, *, sources: int, documents: int) -> list[str]:
        prefixes = ((keys.source(org_id, ""), sources), (keys.document(org_id, ""), documents))
        return [name for prefix, limit in prefixes for name in self._newest_names(prefix, limit)]

    def unfinished(self, org_id: str) -> set[str]:
        prefix = keys.document(org_id, "")
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "FilterExpression": "attribute_exists(unfinished)",
            "ExpressionAttributeValues": encode({":pk": prefix["pk"], ":prefix": prefix["sk"]}),
            "ProjectionExpression": "sk",
        }
        found = query_all(self.client(), request, "listing unfinished documents")
        return {decode(item)["sk"].removeprefix(prefix["sk"]) for item in found}

    def delete(self, org_id: str, item_id: str) -> None:
        with classified("deleting a context item"):
            self.client().delete_item(TableName=self.table, Key=encode(dict(keys.context_item(org_id, item_id))))

    def _marks(self, org_id: str, origin_id: str, known: Known, marks: Sequence[str]) -> list[Any]:
        """The writes of an item's marks; the first one must not be another's."""
        items = [_mark(org_id, origin_id, known, mark) for mark in dict.fromkeys(marks)]
        puts: list[Any] = [{"Put": {"TableName": self.table, "Item": item}} for item in items]
        if puts:
            values = encode({":item_id": known.item_id, ":now": self._now()})
            puts[0]["Put"] |= {"ConditionExpression": _UNLESS_ANOTHERS, "ExpressionAttributeValues": values}
        return puts

    def _put(self, puts: list[Any]) -> None:
        try:
            with classified("storing a context item"):
                transact(self.client(), puts)
        except ConditionFailed:
            raise Overtaken from None

    def _newest_request(self, org_id: str, origin_id: str | None, before: str | None) -> dict[str, Any]:
        high = keys.context_item(org_id, before or "~")
        values: dict[str, Any] = {":pk": high["pk"], ":high": high["sk"], ":now": self._now()}
        request: dict[str, Any] = {
            "TableName": self.table,
            "FilterExpression": "expires_at > :now",
            "ScanIndexForward": False,
        }
        if origin_id is None:
            request |= {"KeyConditionExpression": "pk = :pk AND sk < :high", "ConsistentRead": True}
        else:
            values[":pk"] = keys.origin(org_id, origin_id)
            request |= {"KeyConditionExpression": "origin = :pk AND sk < :high", "IndexName": "by_origin"}
        return request | {"ExpressionAttributeValues": encode(values)}

    def _newest_names(self, prefix: Key, limit: int) -> list[str]:
        """What follows the prefix in the sort keys that begin with it."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": encode({":pk": prefix["pk"], ":prefix": prefix["sk"]}),
            "ProjectionExpression": "sk",
            "ScanIndexForward": False,
            "Limit": limit,
        }
        found = query_all(self.client(), request, "listing what context is from")
        return [decode(item)["sk"].removeprefix(prefix["sk"]) for item in found]

    def _now(self) -> int:
        return int(self.clock().timestamp())


def _item(item: ContextItem, expires_at: int) -> Item:
    return encode(
        {
            **keys.context_item(item.org_id, item.item_id),
            "origin": keys.origin(item.org_id, item.origin_id),
            "expires_at": expires_at,
            "document": item.model_dump_json(exclude_none=True),
        }
    )


def _mark(org_id: str, origin_id: str, known: Known, mark: str) -> Item:
    return encode(
        {
            **keys.mark(org_id, origin_id, mark),
            "item_id": known.item_id,
            "content_hash": known.content_hash,
            "job_id": known.job_id,
            "expires_at": int(known.expires_at.timestamp()),
        }
    )


def _known(values: dict[str, Any]) -> Known:
    expires_at = datetime.fromtimestamp(values["expires_at"], UTC)
    return Known(values["item_id"], values["content_hash"], values["job_id"], expires_at)


def _context_item(item: Any) -> ContextItem:
    return ContextItem.model_validate_json(decode(item)["document"])
