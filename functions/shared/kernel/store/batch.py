"""Reading many items at once."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.store.items import encode
from functions.shared.kernel.store.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_BATCH = 100
_TRIES = 6
_FIRST_PAUSE_SECONDS = 0.05


def query_all(client: "DynamoDBClient", request: dict[str, Any], what: str) -> list[Any]:
    """The items of a query over all of DynamoDB's pages, or as many as the request's `Limit` says."""
    found: list[Any] = []
    while True:
        with classified(what):
            answer = client.query(**request)
        found += answer["Items"]
        if "LastEvaluatedKey" not in answer or len(found) >= request.get("Limit", len(found) + 1):
            return found
        request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def query_prefix(client: "DynamoDBClient", table: str, prefix: Key, what: str) -> list[Any]:
    """The items of one partition whose sort key begins with that of `prefix`, in order, read consistently."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": encode({":pk": prefix["pk"], ":prefix": prefix["sk"]}),
        "ConsistentRead": True,
    }
    return query_all(client, request, what)


def query_page(
    client: "DynamoDBClient", table: str, prefix: Key, what: str, *, after: str | None, limit: int
) -> list[Any]:
    """At most `limit` items of those of `query_prefix`, from behind the one whose sort key ends in `after`."""
    begin = prefix["sk"] + (after or "")
    values = {":pk": prefix["pk"], ":begin": begin, ":end": f"{prefix['sk']}~"}
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :begin AND :end",
        "ExpressionAttributeValues": encode(values),
        "ConsistentRead": True,
        "Limit": limit + 1,  # the first may be the one to begin behind
    }
    found = query_all(client, request, what)
    return [item for item in found if item["sk"]["S"] != begin][:limit]


def count_prefix(client: "DynamoDBClient", table: str, prefix: Key, what: str) -> int:
    """How many items `query_prefix` would read, none of which is sent."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": encode({":pk": prefix["pk"], ":prefix": prefix["sk"]}),
        "ConsistentRead": True,
        "Select": "COUNT",
    }
    count = 0
    while True:
        with classified(what):
            answer = client.query(**request)
        count += answer["Count"]
        if "LastEvaluatedKey" not in answer:
            return count
        request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def batch_get(client: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The items of these keys that exist, in no particular order, read consistently.

    DynamoDB may leave keys unprocessed; they are asked for again with jitter, then TransientError.
    """
    found: list[Any] = []
    for start in range(0, len(keys), _BATCH):
        wanted: Any = {table: {"Keys": list(keys[start : start + _BATCH]), "ConsistentRead": True}}
        for number in range(_TRIES):
            answer = client.batch_get_item(RequestItems=wanted)
            found += answer["Responses"].get(table, [])
            wanted = answer["UnprocessedKeys"]
            if not wanted:
                break
            time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**number))  # noqa: S311 - jitter, not a secret
        else:
            raise TransientError("DynamoDB left items unread; try again")
    return found
