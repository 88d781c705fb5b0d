"""A schedule as a DynamoDB item and back."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.jobs.model import Priority
from functions.shared.kernel.schedules.model import Schedule, Skip
from functions.shared.kernel.schedules.store import schedule_shard
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.items import Item, decode, encode

_TIMES = ("created_at", "updated_at", "revised_at", "last_tick_at", "last_run_at", "last_missed_at", "due_at")
_FLAGS = ("deleted", "planning")


def to_item(schedule: Schedule) -> Item:
    """The item of a schedule. Only one that must be looked at has the keys of the `due` index."""
    values: dict[str, Any] = {field.name: getattr(schedule, field.name) for field in fields(schedule)}
    for name in _TIMES:
        values[name] = rfc3339(values[name]) if values[name] else None
    for name in _FLAGS:
        values[name] = values[name] or None
    values["payload"] = _compact(schedule.payload)
    values["skips"] = _compact([_skip_values(skip) for skip in schedule.skips]) if schedule.skips else None
    if schedule.due_at is not None:
        values["due_shard"] = due_key(schedule_shard(schedule.schedule_id))
    return encode(keys.schedule(schedule.org_id, schedule.schedule_id) | values)


def from_item(item: Mapping[str, Mapping[str, Any]]) -> Schedule:
    """The schedule of an item."""
    values = decode(item)
    values = {field.name: values[field.name] for field in fields(Schedule) if field.name in values}
    for name in _TIMES:
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    values["payload"] = json.loads(values["payload"])
    values["skips"] = tuple(_skip(entry) for entry in json.loads(values.get("skips", "[]")))
    values["priority"] = Priority(values["priority"])
    return Schedule(**values)


def due_key(shard: int) -> str:
    """The partition of the `due` index: apart from the jobs', which are plain numbers."""
    return f"schedules-{shard}"


def _skip_values(skip: Skip) -> list[str | None]:
    return [rfc3339(skip.scheduled_at), skip.reason, skip.job_id]


def _skip(entry: list[Any]) -> Skip:
    return Skip(datetime.fromisoformat(entry[0]), entry[1], entry[2])


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
