"""Notifications on DynamoDB, in the jobs table.

An unread notification has a mark in a partition of its own, so that counting and listing the unread costs as much as
there is unread, and not as much as there ever was. Decision 0011.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import Clock, rfc3339
from functions.shared.kernel.notifications.items import delivery_values, from_item, group_item, group_of, new_items
from functions.shared.kernel.notifications.model import Group, Notification, Preferences
from functions.shared.kernel.notifications.store import DueNotice, NoticeConflict
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.batch import batch_get
from functions.shared.kernel.store.items import Scalar, decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, transact, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_NEW = "attribute_not_exists(pk)"


@dataclass(frozen=True)
class DynamoNotificationStore:
    """Implements NotificationStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"
    clock: Clock
    retention: timedelta = field(default=timedelta(days=30))

    def add(self, notification: Notification, *, event_id: str) -> bool:
        expires_at = int((notification.created_at + self.retention).timestamp())
        told: dict[str, Scalar] = {"notification_id": notification.notification_id, "expires_at": expires_at}
        guard = encode({**keys.event(notification.org_id, event_id), **told})
        puts: list[Any] = [{"Put": {"TableName": self.table, "Item": guard, "ConditionExpression": _NEW}}]
        puts += put_actions(self.table, notification, retention=self.retention)
        try:
            with classified("storing a notification"):
                transact(self.client(), puts)
        except ConditionFailed:
            return False
        return True

    def told(self, org_id: str, event_id: str) -> Notification | None:
        with classified("reading an event that was told of"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.event(org_id, event_id))), ConsistentRead=True
            )
        notification_id = decode(answer.get("Item", {})).get("notification_id")
        return None if notification_id is None else self.get(org_id, notification_id)

    def get(self, org_id: str, notification_id: str) -> Notification | None:
        return next(iter(self._read(org_id, [notification_id])), None)

    def newest(
        self, org_id: str, *, unread_only: bool = False, limit: int = 50, before: str | None = None
    ) -> tuple[list[Notification], str | None]:
        key = keys.unread if unread_only else keys.notification
        low, high = key(org_id, ""), key(org_id, before or "~")
        # `before` itself may lie at the end of the range: BETWEEN includes it.
        items = self._query(low["pk"], low["sk"], high["sk"], limit=limit + 2)
        items = [item for item in items if item["sk"]["S"] != high["sk"]]
        if unread_only:
            ids = [decode(item)["sk"].removeprefix(low["sk"]) for item in items[:limit]]
            found = [each for each in self._read(org_id, ids) if each.read_at is None]
        else:
            found = [from_item(item) for item in items[:limit]]
        last = decode(items[limit - 1])["sk"].removeprefix(low["sk"]) if len(items) > limit else None
        return found, last

    def unread_count(self, org_id: str) -> int:
        low, high = keys.unread(org_id, ""), keys.unread(org_id, "~")
        request = self._range(low["pk"], low["sk"], high["sk"])
        return sum(answer["Count"] for answer in self._pages({**request, "Select": "COUNT"}))

    def mark_read(self, org_id: str, notification_ids: list[str], *, at: datetime) -> None:
        for notification_id in notification_ids:
            actions = [
                {"Delete": self._of(keys.unread(org_id, notification_id), "attribute_exists(pk)")},
                {
                    "Update": {
                        **self._of(keys.notification(org_id, notification_id), "attribute_exists(pk)"),
                        "UpdateExpression": "SET read_at = :at",
                        "ExpressionAttributeValues": encode({":at": rfc3339(at)}),
                    }
                },
            ]
            try:
                with classified("marking a notification as read"):
                    transact(self.client(), actions)  # type: ignore[arg-type]
            except ConditionFailed:
                continue

    def record(self, before: Notification, after: Notification) -> None:
        try:
            with classified("recording a delivery"):
                write(lambda: self.client().update_item(**self._recording(before, after)))
        except ConditionFailed:
            raise NoticeConflict(before.notification_id) from None

    def group(self, org_id: str, cause: str) -> Group | None:
        with classified("reading a group of failures"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.cause(org_id, cause))), ConsistentRead=True
            )
        item = answer.get("Item")
        is_kept = item is not None and decode(item)["expires_at"] > self.clock().timestamp()
        return group_of(item) if item is not None and is_kept else None

    def gather(self, before: Notification, after: Notification, group: Group) -> None:
        # One that has expired is not seen by readers any more, whatever its version.
        put = {
            "TableName": self.table,
            "Item": group_item(group, retention=self.retention),
            "ConditionExpression": f"#version = :seen OR {_NEW} OR expires_at <= :now",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": encode({":seen": group.version - 1, ":now": int(self.clock().timestamp())}),
        }
        actions: Any = [{"Update": self._recording(before, after)}, {"Put": put}]
        try:
            with classified("gathering failures"):
                transact(self.client(), actions)
        except ConditionFailed:
            raise NoticeConflict(before.notification_id) from None

    def due(self, shard: str, *, until: datetime, limit: int) -> list[DueNotice]:
        with classified("reading due notifications"):
            answer = self.client().query(
                TableName=self.table,
                IndexName="due",
                KeyConditionExpression="due_shard = :shard AND due_at <= :until",
                ExpressionAttributeValues=encode({":shard": shard, ":until": rfc3339(until)}),
                Limit=limit,
            )
        found = [decode(item) for item in answer["Items"]]
        return [
            DueNotice(*keys.notification_ids(item["pk"], item["sk"]), datetime.fromisoformat(item["due_at"]))
            for item in found
        ]

    def postpone(self, notice: DueNotice, *, due_at: datetime) -> None:
        key = keys.notification(notice.org_id, notice.notification_id)
        values = {":seen": rfc3339(notice.due_at), ":due_at": rfc3339(due_at)}
        try:
            with classified("postponing a notification"):
                write(
                    lambda: self.client().update_item(
                        **self._of(key, "due_at = :seen"),
                        UpdateExpression="SET due_at = :due_at",
                        ExpressionAttributeValues=encode(values),
                    )
                )
        except ConditionFailed:
            return

    def preferences(self, org_id: str) -> Preferences:
        with classified("reading notification settings"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.preferences(org_id))), ConsistentRead=True
            )
        return (
            Preferences.model_validate_json(decode(answer["Item"])["document"]) if "Item" in answer else Preferences()
        )

    def save_preferences(self, org_id: str, before: Preferences, after: Preferences) -> None:
        saved = after.model_copy(update={"version": before.version + 1})
        document = encode({**keys.preferences(org_id), "document": saved.model_dump_json(), "version": saved.version})
        if after.wanted:
            document |= encode({"wanted": " ".join(sorted(after.wanted))})
        seen = "#version = :seen" if before.version else f"{_NEW} OR #version = :seen"
        try:
            with classified("storing notification settings"):
                write(
                    lambda: self.client().put_item(
                        TableName=self.table,
                        Item=document,
                        ConditionExpression=seen,
                        ExpressionAttributeNames={"#version": "version"},
                        ExpressionAttributeValues=encode({":seen": before.version}),
                    )
                )
        except ConditionFailed:
            raise NoticeConflict(org_id) from None

    def _recording(self, before: Notification, after: Notification) -> Any:
        values = delivery_values(after)
        given = {f":{name}": value for name, value in values.items() if value is not None}
        absent = [f"#{name}" for name, value in values.items() if value is None]
        change = "SET " + ", ".join(f"#{name[1:]} = {name}" for name in given)
        change += f" REMOVE {', '.join(absent)}" if absent else ""
        return {
            **self._of(keys.notification(before.org_id, before.notification_id), "#version = :seen"),
            "UpdateExpression": change,
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": encode({**given, ":seen": before.version}),
        }

    def _of(self, key: keys.Key, condition: str) -> Any:
        return {"TableName": self.table, "Key": encode(dict(key)), "ConditionExpression": condition}

    def _read(self, org_id: str, ids: list[str]) -> list[Notification]:
        if not ids:
            return []
        wanted = [encode(dict(keys.notification(org_id, each))) for each in ids]
        with classified("reading notifications"):
            items = batch_get(self.client(), self.table, wanted)
        now = self.clock().timestamp()
        found = [from_item(item) for item in items if decode(item)["expires_at"] > now]
        return sorted(found, key=lambda each: each.notification_id, reverse=True)

    def _query(self, pk: str, low: str, high: str, *, limit: int) -> list[Any]:
        found: list[Any] = []
        for answer in self._pages({**self._range(pk, low, high), "Limit": limit}):
            found += answer["Items"]
            if len(found) >= limit:
                break
        return found[:limit]

    def _range(self, pk: str, low: str, high: str) -> dict[str, Any]:
        """What is there and not expired: DynamoDB deletes what is days later."""
        return {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
            "FilterExpression": "expires_at > :now",
            "ExpressionAttributeValues": encode(
                {":pk": pk, ":low": low, ":high": high, ":now": int(self.clock().timestamp())}
            ),
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }

    def _pages(self, request: dict[str, Any]) -> Iterable[Any]:
        while True:
            with classified("listing notifications"):
                answer = self.client().query(**request)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def put_actions(table: str, notification: Notification, *, retention: timedelta) -> list[Any]:
    """The parts of a transaction that store a new notification."""
    return [{"Put": {"TableName": table, "Item": item}} for item in new_items(notification, retention=retention)]
