"""A job, and a turn in a lane, as DynamoDB items and back. Times are RFC 3339 in milliseconds: they sort as text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.jobs.model import Attempt, Job, JobStatus, Priority
from functions.shared.kernel.jobs.store import due_shard
from functions.shared.kernel.jobs.turns import Turn
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.items import Item, decode, encode

_TIMES = ("created_at", "updated_at", "not_before", "due_at", "dispatched_at", "lease_until", "finished_at")
_DOCUMENTS = ("payload", "result")
_TURN_LIFETIME = timedelta(days=1)


def to_item(job: Job, *, retention: timedelta) -> Item:
    """The item of a job.

    Only an active job has the keys of the `due` index. Only a finished one expires, and has the keys of the indexes
    by status: an active one is listed from the `due` index, so that its changes of status cost no index writes.
    """
    values: dict[str, Any] = {field.name: getattr(job, field.name) for field in fields(job)}
    for name in _TIMES:
        values[name] = rfc3339(values[name]) if values[name] else None
    for name in _DOCUMENTS:
        values[name] = compact(values[name]) if values[name] is not None else None
    values["attempts"] = attempts_text(job.attempts) if job.attempts else None
    values["tags"] = compact(job.tags) if job.tags else None
    values["letters"] = compact(job.letters) if job.letters else None
    values["cancel_requested"] = job.cancel_requested or None
    values["quiet"] = job.quiet or None
    for counter in ("failures", "recoveries", "deferrals", "resends"):
        values[counter] = values[counter] or None
    values["org_type"] = f"{job.org_id}#{job.type}"
    if job.due_at is not None:
        values["due_shard"] = str(due_shard(job.org_id))
    if job.status.is_terminal:
        values["org_status"] = f"{job.org_id}#{job.status}"
        values["org_status_type"] = f"{job.org_id}#{job.status}#{job.type}"
    if job.finished_at is not None:
        values["expires_at"] = int((job.finished_at + retention).timestamp())
    return encode(keys.job(job.org_id, job.job_id) | values)


def from_item(item: Mapping[str, Mapping[str, Any]]) -> Job:
    """The job of an item."""
    values = decode(item)
    values = {field.name: values[field.name] for field in fields(Job) if field.name in values}
    for name in _TIMES:
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in _DOCUMENTS:
        if name in values:
            values[name] = json.loads(values[name])
    values["attempts"] = tuple(_attempt(entry) for entry in json.loads(values.get("attempts", "[]")))
    values["tags"] = tuple(json.loads(values.get("tags", "[]")))
    values["letters"] = json.loads(values.get("letters", "{}"))
    values["priority"] = Priority(values["priority"])
    values["status"] = JobStatus(values["status"])
    return Job(**values)


def turn_to_item(key: keys.Key, turn: Turn) -> Item:
    """The item of a turn in a lane; a day later nobody asks for it."""
    expires_at = int((turn.seen_at + _TURN_LIFETIME).timestamp())
    return encode({**key, "sent_at": rfc3339(turn.sent_at), "seen_at": rfc3339(turn.seen_at), "expires_at": expires_at})


def turn_from_item(item: Mapping[str, Mapping[str, Any]]) -> Turn:
    """The turn of an item."""
    values = decode(item)
    return Turn(datetime.fromisoformat(values["sent_at"]), datetime.fromisoformat(values["seen_at"]))


def attempts_text(attempts: Sequence[Attempt]) -> str:
    """A job's executions as its item holds them."""
    return compact([_attempt_values(attempt) for attempt in attempts])


def _attempt_values(attempt: Attempt) -> dict[str, Any]:
    values = {name: value for name, value in asdict(attempt).items() if value is not None}
    return {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _attempt(values: dict[str, Any]) -> Attempt:
    for name in ("started_at", "ended_at"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    return Attempt(**values)


def compact(document: object) -> str:
    """A document as the text an item holds."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
