"""The dispatcher on SQS.

The message group is the organisation, so that a noisy tenant delays itself and not the others (fair queues).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.shared.aws import classified
from functions.shared.errors import PermanentError
from functions.shared.messages import JobMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True, slots=True)
class SqsDispatcher:
    """Implements Dispatcher over the queue URLs of a deployment, by lane."""

    queue_urls: Mapping[str, str]
    client: "Callable[[], SQSClient]"

    def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
        if lane not in self.queue_urls:
            raise PermanentError(f"this function may not send to the queue {lane}")
        with classified(f"sending to the queue {lane}"):
            self.client().send_message(
                QueueUrl=self.queue_urls[lane],
                MessageBody=message.model_dump_json(),
                DelaySeconds=delay_seconds,
                MessageGroupId=message.org_id,
            )
