"""Cards on DynamoDB, in a partition of their own of the `content_metadata` table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.pseo_generator.cards.model import Card
from functions.shared.domain import keys
from functions.shared.kernel.aws import classified
from functions.shared.kernel.store.batch import query_all
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoCards:
    """Implements CardStore. A card's key begins with its month; each month has an entry of its own, put before it."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def put(self, card: Card) -> None:
        self._put(keys.card_month(card.org_id, card.month), {})
        self._put(keys.card(card.org_id, card.month, card.content_id), {"document": card.model_dump_json()})

    def newest(self, org_id: str, *, limit: int) -> list[Card]:
        return self._cards(keys.card(org_id, "", ""), {"Limit": limit})

    def of_month(self, org_id: str, month: str) -> list[Card]:
        return self._cards(keys.card(org_id, month, ""), {})

    def months(self, org_id: str) -> list[str]:
        prefix = keys.card_month(org_id, "")
        return [item["sk"].removeprefix(prefix["sk"]) for item in self._query(prefix, {})]

    def noted(self, org_id: str, what: str) -> str | None:
        with classified("reading a note on a site's lists"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.card_note(org_id, what))), ConsistentRead=True
            )
        return str(decode(answer["Item"])["value"]) if "Item" in answer else None

    def note(self, org_id: str, what: str, value: str) -> None:
        self._put(keys.card_note(org_id, what), {"value": value})

    def _cards(self, prefix: Key, more: dict[str, Any]) -> list[Card]:
        return [Card.model_validate_json(item["document"]) for item in self._query(prefix, more)]

    def _query(self, prefix: Key, more: dict[str, Any]) -> list[dict[str, Any]]:
        """Items whose key begins so, the last first."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": encode({":pk": prefix["pk"], ":prefix": prefix["sk"]}),
            "ScanIndexForward": False,
            "ConsistentRead": True,
            **more,
        }
        found = query_all(self.client(), request, "listing pages")
        return [decode(item) for item in found[: more.get("Limit", len(found))]]

    def _put(self, key: Key, values: dict[str, str]) -> None:
        with classified("storing a page's card"):
            self.client().put_item(TableName=self.table, Item=encode({**key, **values}))
