"""Metrics as DynamoDB items, and the parts of the transaction that writes them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from functions.shared.domain import keys
from functions.shared.domain.measured.forget import expiry_of
from functions.shared.domain.measured.model import Dimension, Measured, Metrics, MonthlyArm, Snapshot, Standing, Totals
from functions.shared.domain.network import Network
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.store.items import Scalar, decode, encode
from functions.shared.kernel.store.keys import Key

Action = dict[str, dict[str, Any]]

_NEW = "attribute_not_exists(pk)"
_COUNTED = ("posts", "sum_millionths", "sum_squared_millionths")


def replacement(before: Measured | None, after: Measured, *, expiry: int) -> Action:
    """Stores a post's state in place of the one before."""
    key = keys.measured(after.org_id, after.post_id)
    values: dict[str, Scalar] = {
        "document": after.model_dump_json(exclude_none=True),
        "version": after.version,
        "expires_at": expiry,
    }
    put: dict[str, Any] = {"Item": encode({**key, **values})}
    if before is None:
        return {"Put": {**put, "ConditionExpression": _NEW}}
    put |= {"ConditionExpression": "#version = :seen", "ExpressionAttributeNames": {"#version": "version"}}
    return {"Put": {**put, "ExpressionAttributeValues": encode({":seen": before.version})}}


def publication(post: Measured, *, expiry: int) -> Action:
    """Stores how the post stands where it is found by the time of its publication."""
    key = keys.publication(post.org_id, rfc3339(post.published_at), post.post_id)
    document = post.standing.model_dump_json(exclude_defaults=True)
    return {"Put": {"Item": encode({**key, "document": document, "expires_at": expiry})}}


def new_snapshot(org_id: str, post_id: str, snapshot: Snapshot, *, expiry: int) -> Action:
    """Stores a snapshot, once for each job."""
    key = keys.snapshot(org_id, post_id, snapshot.job_id)
    counts = snapshot.metrics.model_dump()
    item = encode({**key, "taken_at": rfc3339(snapshot.taken_at), **counts, "expires_at": expiry})
    return {"Put": {"Item": item, "ConditionExpression": _NEW}}


def rollup(org_id: str, day: date, dimension: Dimension, value: str, more: Totals, *, expiry: int) -> Action:
    """Adds to a day's totals."""
    key = keys.rollup(org_id, day.isoformat(), dimension, value)
    return _addition(key, {name: number for name, number in more.model_dump().items() if number}, expiry=expiry)


def arm(org_id: str, more: MonthlyArm) -> Action:
    """Adds to a month's arm, which is kept for as long as the month counts."""
    key = keys.arm(org_id, more.month.isoformat(), more.dimension, more.network or "", more.value)
    expiry = int(expiry_of(more.month).timestamp())
    return _addition(key, {name: getattr(more, name) for name in _COUNTED}, expiry=expiry)


def measured(item: Mapping[str, Any]) -> Measured:
    return Measured.model_validate_json(decode(item)["document"])


def standing(item: Mapping[str, Any]) -> Standing:
    return Standing.model_validate_json(decode(item)["document"])


def snapshot(item: Mapping[str, Any]) -> Snapshot:
    values = decode(item)
    return Snapshot(
        job_id=values["sk"].removeprefix("JOB#"),
        taken_at=datetime.fromisoformat(values["taken_at"]),
        metrics=Metrics(**{name: values.get(name) for name in Metrics.model_fields}),
    )


def totals(item: Mapping[str, Any]) -> tuple[tuple[date, Dimension, str], Totals]:
    values = decode(item)
    _, day, dimension, value = values["sk"].split("#", 3)
    counts = {name: values.get(name, 0) for name in Totals.model_fields}
    return (date.fromisoformat(day), Dimension(dimension), value), Totals(**counts)


def read_arm(item: Mapping[str, Any]) -> MonthlyArm:
    values = decode(item)
    _, month, dimension, network, value = values["sk"].split("#", 4)
    return MonthlyArm(
        dimension=Dimension(dimension),
        value=value,
        network=Network(network) if network else None,
        month=date.fromisoformat(month),
        **{name: values[name] for name in _COUNTED},
    )


def _addition(key: Key, more: Mapping[str, int], *, expiry: int) -> Action:
    names = {f"#{name}": name for name in more}
    values = {f":{name}": number for name, number in more.items()}
    change = "ADD " + ", ".join(f"#{name} :{name}" for name in more) + " SET expires_at = :expires_at"
    values[":expires_at"] = expiry
    return {
        "Update": {
            "Key": encode(dict(key)),
            "UpdateExpression": change,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": encode(values),
        }
    }
