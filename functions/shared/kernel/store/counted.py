"""Things an organisation may have so many of, counted in the transaction that makes or deletes one. Decision 0035.

The counter is an item of its own. One that is missing, in a deployment that did not count yet, is made from a count of
what is there before anything is made or deleted, so that every later change is in it. A thing is made or deleted once
however often the call is repeated, and so is it counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.store.batch import count_prefix
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.keys import Key
from functions.shared.kernel.store.transactions import ConditionFailed, transact, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NEW = "attribute_not_exists(pk)"
THERE = "attribute_exists(pk)"

_TRIES = 3


class LimitReached(FlywheelError):
    """The organisation has as many things of a kind as it may have; nothing was made."""

    def __init__(self, things: str, limit: int) -> None:
        super().__init__(f"an organisation can have {limit} {things}; delete one first")
        self.limit = limit


class Exists(Exception):
    """The thing is there already; nothing was made and nothing counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The things whose keys begin with `prefix`, counted under `counter`; `name` is what users call them."""

    client: "DynamoDBClient"
    table: str
    prefix: Key
    counter: Key
    name: str

    def make(self, action: Mapping[str, Any], *, limit: int) -> None:
        """Make one by a transaction's `action`, whose condition is NEW. Raises LimitReached, Exists."""
        for _ in range(_TRIES):
            try:
                count = self._change(1, f"{THERE} AND things < :limit", {":limit": limit})
                transact(self.client, [{"Update": count}, action])  # type: ignore[list-item]
            except ConditionFailed as refused:
                if 1 in refused.failed:
                    raise Exists from None
                if self._count() is not None:
                    raise LimitReached(self.name, limit) from None
                self._begin()
            else:
                return
        raise TransientError(f"the number of {self.name} keeps changing; try again")

    def delete(self, key: Key) -> None:
        """Delete the one of this key; nothing happens when there is none."""
        gone = {"TableName": self.table, "Key": encode(dict(key)), "ConditionExpression": THERE}
        for _ in range(_TRIES):
            try:
                count = self._change(-1, THERE, {})
                transact(self.client, [{"Update": count}, {"Delete": gone}])  # type: ignore[typeddict-item]
            except ConditionFailed as refused:
                if 1 in refused.failed:
                    return
                self._begin()
            else:
                return
        raise TransientError(f"the number of {self.name} keeps changing; try again")

    def _begin(self) -> None:
        """Make the counter, unless another call has."""
        there = count_prefix(self.client, self.table, self.prefix, f"counting {self.name}")
        item = encode({**self.counter, "things": there})
        try:
            write(lambda: self.client.put_item(TableName=self.table, Item=item, ConditionExpression=NEW))
        except ConditionFailed:
            return

    def _count(self) -> int | None:
        answer = self.client.get_item(TableName=self.table, Key=encode(dict(self.counter)), ConsistentRead=True)
        return int(decode(answer["Item"])["things"]) if "Item" in answer else None

    def _change(self, by: int, condition: str, values: dict[str, int]) -> Any:
        return {
            "TableName": self.table,
            "Key": encode(dict(self.counter)),
            "UpdateExpression": "ADD things :by",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": encode({":by": by, **values}),
        }
