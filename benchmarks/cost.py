"""Counts what a stretch of work asks of AWS: calls by operation, and DynamoDB write units.

A write takes one unit for each started KB of the larger of the item before and after, twice that within a
transaction, and one unit for each entry that an index gains or loses
(DynamoDB developer guide, "Capacity unit consumption for write operations").
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# The key of each index of the jobs table that may be missing or change.
_INDEX_KEYS = ("due_at", "org_type", "org_status", "org_status_type")
_WRITES = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass
class Cost:
    """What was counted. `watch` a client before its first call."""

    calls: Counter[str] = field(default_factory=Counter)
    write_units: int = 0
    _sizes: dict[tuple[str, str], int] = field(default_factory=dict)
    _indexed: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def watch(self, client: Any) -> None:
        """Count every call of a boto3 client."""
        client.meta.events.register("provide-client-params.*", self._count)

    def _count(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        service = model.service_model.service_name
        self.calls[f"{service}:{model.name}"] += 1
        if service != "dynamodb":
            return
        if model.name in _WRITES:
            self.write_units += self._written(params)
        if model.name == "TransactWriteItems":
            for action in params["TransactItems"]:
                ((_, write),) = action.items()
                self.write_units += self._written(write, factor=2)

    def _written(self, write: dict[str, Any], *, factor: int = 1) -> int:
        item = write.get("Item", {})
        names = item or write["Key"]
        key = (names["pk"]["S"], names["sk"]["S"])
        before = self._sizes.get(key, 0)
        if item:
            after = _size(item)
            indexed = {name: item[name]["S"] for name in _INDEX_KEYS if name in item}
        else:
            values = write.get("ExpressionAttributeValues", {})
            after = before + _size(values) if "UpdateExpression" in write else 0
            changed = {name: values[f":{name}"]["S"] for name in _INDEX_KEYS if f":{name}" in values}
            indexed = self._indexed.get(key, {}) | changed
        self._sizes[key] = after
        return factor * -(-max(before, after, 1) // 1024) + self._index_entries(key, indexed)

    def _index_entries(self, key: tuple[str, str], after: dict[str, str]) -> int:
        before = self._indexed.get(key, {})
        self._indexed[key] = after
        changed = [name for name in _INDEX_KEYS if before.get(name) != after.get(name)]
        return sum((name in before) + (name in after) for name in changed)


def _size(item: dict[str, Any]) -> int:
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())
