"""Circuits on DynamoDB, in the `jobs` table, which every worker may write to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.circuits.circuit import Circuit
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.batch import query_all
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoCircuitStore:
    """Implements CircuitStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def get(self, name: str) -> Circuit:
        with classified("reading a circuit"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.circuit(name))), ConsistentRead=True
            )
        return _circuit(answer["Item"]) if "Item" in answer else Circuit(name)

    def all(self) -> list[Circuit]:
        request = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": encode({":pk": keys.circuit("")["pk"]}),
        }
        return [_circuit(item) for item in query_all(self.client(), request, "reading circuits")]

    def put(self, after: Circuit) -> bool:
        item = encode(
            {
                **keys.circuit(after.name),
                "failures": after.failures,
                "trials": after.trials,
                "open_until": rfc3339(after.open_until) if after.open_until else None,
                "trial": after.trial,
                "version": after.version,
            }
        )
        request: dict[str, Any] = {"TableName": self.table, "Item": item}
        if after.version == 1:
            request["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            request["ConditionExpression"] = "version = :seen"
            request["ExpressionAttributeValues"] = encode({":seen": after.version - 1})
        try:
            with classified("storing a circuit"):
                write(lambda: self.client().put_item(**request))
        except ConditionFailed:
            return False
        return True


def _circuit(item: Mapping[str, Any]) -> Circuit:
    values = decode(item)
    open_until = values.get("open_until")
    return Circuit(
        name=values["sk"].removeprefix(keys.circuit("")["sk"]),
        failures=values["failures"],
        trials=values["trials"],
        open_until=datetime.fromisoformat(open_until) if open_until else None,
        trial=values.get("trial"),
        version=values["version"],
    )
