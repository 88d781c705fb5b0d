"""The dispatcher on SQS.

The message group is the organisation, so that a noisy tenant delays itself and not the others (fair queues).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.shared.kernel.aws import classified
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import JobMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_BATCH = 10


@dataclass(frozen=True, slots=True)
class SqsDispatcher:
    """Implements Dispatcher over the queue URLs of a deployment, by lane."""

    queue_urls: Mapping[str, str]
    client: "Callable[[], SQSClient]"

    def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
        with classified(f"sending to the queue {lane}"):
            self.client().send_message(
                QueueUrl=self._url(lane),
                MessageBody=message.model_dump_json(),
                DelaySeconds=delay_seconds,
                MessageGroupId=message.org_id,
            )

    def send_many(self, lane: str, messages: Sequence[JobMessage]) -> list[JobMessage]:
        return [
            message
            for start in range(0, len(messages), _BATCH)
            for message in self._send_batch(lane, messages[start : start + _BATCH])
        ]

    def _send_batch(self, lane: str, messages: Sequence[JobMessage]) -> list[JobMessage]:
        """Those of a batch that SQS names as taken: it answers 200 for a batch of which some were refused."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "MessageBody": message.model_dump_json(), "MessageGroupId": message.org_id}
            for number, message in enumerate(messages)
        ]
        try:
            with classified(f"sending to the queue {lane}"):
                answer = self.client().send_message_batch(QueueUrl=self._url(lane), Entries=entries)
        except TransientError as error:
            log.warning("batch not sent", action="batch_not_sent", lane=lane, reason=error.reason)
            return []
        for entry in answer.get("Failed", []):
            log.warning("message not taken", action="message_not_taken", lane=lane, code=entry["Code"])
        return [messages[int(entry["Id"])] for entry in answer.get("Successful", [])]

    def _url(self, lane: str) -> str:
        if lane not in self.queue_urls:
            raise PermanentError(f"this function may not send to the queue {lane}")
        return self.queue_urls[lane]
