"""The keys by which items of the `accounts` table are in its `due` index.

Items are updated, never put anew: that would take them out of the index, or let them be due again.
"""

import zlib
from datetime import datetime
from typing import Any

from functions.shared.domain.due.model import Plan
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.store.items import encode
from functions.shared.kernel.store.keys import Key

SHARDS = 8


def shard_name(plan: Plan, shard: int) -> str:
    """A partition of the index."""
    return f"{plan}-{shard}"


def shard_of(plan: Plan, org_id: str) -> str:
    """The partition that holds what is planned of an organisation."""
    return shard_name(plan, zlib.crc32(org_id.encode()) % SHARDS)


def update_of(table: str, key: Key, *, document: str, shard: str, first_at: datetime | None) -> dict[str, Any]:
    """UpdateItem's arguments that store a document.

    It is due at `first_at` unless it has a time already; with None it leaves the index.
    """
    request: dict[str, Any] = {"TableName": table, "Key": encode(dict(key))}
    if first_at is None:
        values = encode({":document": document})
        return request | {
            "UpdateExpression": "SET document = :document REMOVE due_shard, due_at",
            "ExpressionAttributeValues": values,
        }
    values = encode({":document": document, ":shard": shard, ":first": rfc3339(first_at)})
    expression = "SET document = :document, due_shard = :shard, due_at = if_not_exists(due_at, :first)"
    return request | {"UpdateExpression": expression, "ExpressionAttributeValues": values}
