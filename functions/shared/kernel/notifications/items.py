"""Notifications as DynamoDB items and back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.notifications.model import Delivery, Group, Notification, Together
from functions.shared.kernel.notifications.store import notice_shard
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.items import Item, Scalar, decode, encode

# What is told never changes; how far the telling is, and whether it was read, are attributes of their own.
_CHANGING = {"read_at", "deliveries", "due_at", "claimed_until", "version", "claims", "together"}
_DELIVERIES = TypeAdapter(tuple[Delivery, ...])


def new_items(notification: Notification, *, retention: timedelta) -> list[Item]:
    """The items of a new notification: itself, and unless it counts as read the mark that it is unread.

    Both expire together.
    """
    org_id, notification_id = notification.org_id, notification.notification_id
    expires_at = int((notification.created_at + retention).timestamp())
    document = notification.model_dump_json(exclude=_CHANGING, exclude_none=True)
    itself = {**keys.notification(org_id, notification_id), **delivery_values(notification), "document": document}
    if notification.read_at is not None:
        return [encode({**itself, "expires_at": expires_at, "read_at": rfc3339(notification.read_at)})]
    unread: dict[str, Scalar] = {**keys.unread(org_id, notification_id)}
    return [encode({**each, "expires_at": expires_at}) for each in (itself, unread)]


def delivery_values(notification: Notification) -> dict[str, Scalar]:
    """The attributes that change with the delivery; those that are None are to be absent."""
    due_at, claimed_until = notification.due_at, notification.claimed_until
    return {
        "deliveries": _DELIVERIES.dump_json(notification.deliveries, exclude_none=True).decode(),
        "due_shard": notice_shard(notification.org_id) if due_at else None,
        "due_at": rfc3339(due_at) if due_at else None,
        "claimed_until": rfc3339(claimed_until) if claimed_until else None,
        "version": notification.version,
        "claims": notification.claims,
        "together": notification.together.model_dump_json() if notification.together else None,
    }


def from_item(item: Mapping[str, Mapping[str, Any]]) -> Notification:
    """The notification of an item."""
    values = decode(item)
    moments = {name: datetime.fromisoformat(values[name]) for name in _CHANGING & set(values) if name.endswith("_at")}
    if "claimed_until" in values:
        moments["claimed_until"] = datetime.fromisoformat(values["claimed_until"])
    together = Together.model_validate_json(values["together"]) if "together" in values else None
    more = {"version": values["version"], "claims": values["claims"], "together": together}
    deliveries = _DELIVERIES.validate_json(values["deliveries"])
    return Notification.model_validate_json(values["document"]).model_copy(
        update={**moments, **more, "deliveries": deliveries}
    )


def group_item(group: Group, *, retention: timedelta) -> Item:
    """The item of a group; it is kept as long as the notifications that it tells of."""
    expires_at = int((group.closes_at + retention).timestamp())
    values: dict[str, Scalar] = {**keys.cause(group.org_id, group.cause), "expires_at": expires_at}
    return encode({**values, "version": group.version, "document": group.model_dump_json()})


def group_of(item: Mapping[str, Mapping[str, Any]]) -> Group:
    """The group of an item."""
    return Group.model_validate_json(decode(item)["document"])
