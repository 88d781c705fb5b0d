"""What an SQS event source does, over moto: receives, invokes, deletes what was not reported as failed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

Consumer = Callable[[dict[str, Any], Any], dict[str, Any]]
OnCrash = Callable[[str, str], None]


@dataclass(frozen=True)
class FakeContext:
    """The part of a Lambda context the code reads."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "request-1"
    remaining_ms: int = 300_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def poll(
    queue_url: str, consumer: Consumer, *, batch_size: int = 1, client: Any = None, on_crash: OnCrash | None = None
) -> int:
    """Hand one batch to the consumer; returns how many messages it held.

    What the consumer raises passes through, after `on_crash` was told the queue and the receipt of each message.
    """
    sqs = client or boto3.client("sqs")
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=batch_size,
        MessageSystemAttributeNames=["All"],
    )
    messages = answer.get("Messages", [])
    if not messages:
        return 0
    arn = _arn(sqs, queue_url)
    records = [_record(message, arn) for message in messages]
    try:
        result = consumer({"Records": records}, FakeContext())
    except BaseException:
        for message in messages:
            if on_crash is not None:
                on_crash(queue_url, message["ReceiptHandle"])
        raise
    failed = {failure["itemIdentifier"] for failure in result["batchItemFailures"]}
    for message in messages:
        if message["MessageId"] not in failed:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)


def count(queue_url: str) -> int:
    """Messages in a queue, hidden and delayed ones included."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    answer: Any = boto3.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
    return sum(int(answer["Attributes"][name]) for name in names)


def _arn(sqs: Any, queue_url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def _record(message: Any, arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-1",
    }
