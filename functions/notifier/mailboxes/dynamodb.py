"""Mailboxes in the jobs table. Decision 0037."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.notifier.mailboxes.store import HOUR, mailbox_of, taken
from functions.shared.kernel.aws import classified
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class DynamoMailboxes:
    """Implements Mailboxes, one item an address."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def take(self, address: str, *, purpose: str, most: int, now: datetime) -> datetime | None:
        key = keys.mailbox(mailbox_of(address))
        for _ in range(_ROUNDS):
            with classified("reading a mailbox"):
                answer = self.client().get_item(TableName=self.table, Key=encode(dict(key)), ConsistentRead=True)
            before = decode(answer.get("Item", {})).get("sent", "")
            after = taken(before.split(",") if before else [], purpose=purpose, most=most, now=now)
            if isinstance(after, datetime):
                return after
            if self._written(key, before, ",".join(after), now):
                return None
        raise TransientError("others keep sending mail to the same address")

    def _written(self, key: keys.Key, before: str, after: str, now: datetime) -> bool:
        item = encode({**key, "sent": after, "expires_at": int((now + HOUR).timestamp())})
        seen = {"ExpressionAttributeValues": encode({":seen": before})} if before else {}
        condition = "sent = :seen" if before else "attribute_not_exists(pk)"
        try:
            with classified("counting a mail"):
                write(
                    lambda: self.client().put_item(
                        TableName=self.table,
                        Item=item,
                        ConditionExpression=condition,
                        **seen,  # type: ignore[arg-type]
                    )
                )
        except ConditionFailed:
            return False
        return True
