"""The dead-letter queues on SQS."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.kernel.aws import classified
from functions.shared.kernel.dead_letters.queues import Letter

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_BATCH = 10
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
# What engines without StartMessageMoveTask answer, and what one that enforces policies answers: it does not know the
# queue such a call is about. They are the only reason to move messages one by one.
_NO_SUCH_ACTION = ("InvalidAction", "UnknownOperationException", "AccessDenied", "AccessDeniedException")
# What SQS answers for the receipt of a message that was deleted, moved, or received again.
_GONE = ("ReceiptHandleIsInvalid", "MessageNotInflight")
# SQS lets one move task run on a queue; a second request means that the work is under way.
_MOVING_ALREADY = "there is already a task running"


@dataclass(frozen=True, slots=True)
class SqsDeadLetterQueues:
    """Implements DeadLetterQueues over the URLs of a deployment's queues and dead-letter queues, both by lane.

    `wait_seconds` of a receive make SQS ask all its servers, so that no message is missed.
    """

    queue_urls: Mapping[str, str]
    dead_letter_urls: Mapping[str, str]
    client: "Callable[[], SQSClient]"
    wait_seconds: int = 1

    @property
    def lanes(self) -> tuple[str, ...]:
        return tuple(sorted(self.dead_letter_urls))

    def count(self, lane: str) -> int:
        attributes = self._attributes(lane, _COUNTS)
        return sum(int(attributes[name]) for name in _COUNTS)

    def take(self, lane: str, *, limit: int, hide_seconds: int) -> list[Letter]:
        with classified("reading a dead-letter queue"):
            answer = self.client().receive_message(
                QueueUrl=self.dead_letter_urls[lane],
                MaxNumberOfMessages=min(limit, _BATCH),
                VisibilityTimeout=hide_seconds,
                WaitTimeSeconds=self.wait_seconds,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        return [_letter(message) for message in answer.get("Messages", [])]

    def put_back(self, lane: str, letters: Iterable[Letter]) -> None:
        # One by one: the embedded engine checks the batch under a permission of its own, which AWS does not have.
        for letter in letters:
            with classified("returning messages to a dead-letter queue"):
                try:
                    self.client().change_message_visibility(
                        QueueUrl=self.dead_letter_urls[lane], ReceiptHandle=letter.receipt, VisibilityTimeout=0
                    )
                except ClientError as error:
                    if not _is_gone(error):
                        raise

    def send_back(self, lane: str, letter: Letter) -> None:
        more: dict[str, Any] = {"MessageAttributes": letter.attributes} if letter.attributes else {}
        if letter.group_id is not None:
            more["MessageGroupId"] = letter.group_id
        with classified(f"sending to the queue {lane}"):
            self.client().send_message(QueueUrl=self.queue_urls[lane], MessageBody=letter.body, **more)

    def delete(self, lane: str, letter: Letter) -> None:
        with classified("deleting a dead letter"):
            try:
                self.client().delete_message(QueueUrl=self.dead_letter_urls[lane], ReceiptHandle=letter.receipt)
            except ClientError as error:
                if not _is_gone(error):
                    raise

    def start_move(self, lane: str, *, per_second: int) -> bool:
        """See DeadLetterQueues: here, and only here, AWS is told from engines that lack StartMessageMoveTask."""
        source = self._attributes(lane, ("QueueArn",))["QueueArn"]
        with classified("starting to move dead letters"):
            try:
                self.client().start_message_move_task(SourceArn=source, MaxNumberOfMessagesPerSecond=per_second)
            except ClientError as error:
                if error.response["Error"]["Code"] in _NO_SUCH_ACTION:
                    return False
                if _MOVING_ALREADY not in str(error).lower():
                    raise
        return True

    def purge(self, lane: str) -> None:
        with classified("emptying a dead-letter queue"):
            self.client().purge_queue(QueueUrl=self.dead_letter_urls[lane])

    def _attributes(self, lane: str, names: tuple[str, ...]) -> Mapping[str, str]:
        wanted: Any = list(names)
        with classified("looking at a dead-letter queue"):
            answer = self.client().get_queue_attributes(QueueUrl=self.dead_letter_urls[lane], AttributeNames=wanted)
        return {str(name): value for name, value in answer["Attributes"].items()}


def _is_gone(error: ClientError) -> bool:
    """Whether somebody else, such as a redrive that runs meanwhile, has the message or took it away."""
    code, text = error.response["Error"]["Code"], error.response["Error"]["Message"]
    return any(name in code for name in _GONE) or (code == "InvalidParameterValue" and "does not exist" in text)


def _letter(message: "MessageTypeDef") -> Letter:
    system = {str(name): value for name, value in message.get("Attributes", {}).items()}
    kept = ("DataType", "StringValue", "BinaryValue")
    return Letter(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        group_id=system.get("MessageGroupId"),
        attributes={
            name: {part: value for part, value in attribute.items() if part in kept}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
    )
