"""The reconciler's part: sends the notifier a pointer to every notification that is due a look.

A notification is due from the transaction that made it on, so that nobody else has to send anything: the process that
failed the job may die at once. Until the notifier has taken it, the pointer is sent again every few minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications.store import NotificationStore, notice_shards

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

SHARD_LIMIT = 100
SEND_AGAIN_AFTER = timedelta(minutes=5)

Send = Callable[[NoticeMessage], None]
"""Sends a pointer to the notices queue; TransientError when it does not take it."""


@dataclass(frozen=True, slots=True)
class SqsNotices:
    """Implements Send. The message group is the organisation: a slow receiver delays its own organisation only."""

    queue_url: str
    client: "Callable[[], SQSClient]"

    def __call__(self, message: NoticeMessage) -> None:
        with classified("sending to the queue notices"):
            self.client().send_message(
                QueueUrl=self.queue_url, MessageBody=message.model_dump_json(), MessageGroupId=message.org_id
            )


def send_due(*, store: NotificationStore, send: Send, clock: Clock, stop_at: datetime | None = None) -> int:
    """Send a pointer to each due notification; returns how many.

    What cannot be sent, or not by `stop_at`, is left for the next run.
    """
    count = 0
    for shard in notice_shards():
        try:
            for notice in store.due(shard, until=clock(), limit=SHARD_LIMIT):
                if stop_at is not None and clock() >= stop_at:
                    return count
                send(NoticeMessage(org_id=notice.org_id, notification_id=notice.notification_id))
                store.postpone(notice, due_at=clock() + SEND_AGAIN_AFTER)
                count += 1
        except FlywheelError as error:
            log.warning("left for the next run", action="notices_postponed", shard=shard, reason=error.reason)
    return count
