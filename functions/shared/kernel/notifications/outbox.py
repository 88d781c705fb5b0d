"""Notifications that are stored with what they tell of, in whatever table that is. Decision 0027."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.notifications.dynamodb import put_actions
from functions.shared.kernel.notifications.model import Notification
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, transact, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Outbox:
    """The jobs table, as a place for notifications beside another write."""

    table: str
    retention: timedelta = field(default=timedelta(days=30))

    def actions(self, notification: Notification) -> list[Any]:
        """The parts of a transaction that store it."""
        return put_actions(self.table, notification, retention=self.retention)


def put_beside(client: "DynamoDBClient", put: Any, notification: Notification | None, outbox: Outbox | None) -> None:
    """Make a conditional put, and store the notification in the same transaction. Raises ConditionFailed."""
    if notification is None or outbox is None:
        write(lambda: client.put_item(**put))
    else:
        transact(client, [{"Put": put}, *outbox.actions(notification)])


def put_new(table: str, client: "DynamoDBClient", notification: Notification, *, retention: timedelta) -> bool:
    """Store a notification unless it is there already; whether it is new."""
    first, *others = put_actions(table, notification, retention=retention)
    first["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    try:
        with classified("storing a notification"):
            transact(client, [first, *others])
    except ConditionFailed:
        return False
    return True


def read_wanted(table: str, client: "DynamoDBClient", org_id: str) -> frozenset[str]:
    """The events of success that the organisation's webhooks want, as its settings keep them."""
    with classified("reading which events are wanted"):
        answer = client.get_item(
            TableName=table, Key=encode(dict(keys.preferences(org_id))), ProjectionExpression="wanted"
        )
    return frozenset(decode(answer.get("Item", {})).get("wanted", "").split())
