"""The notices queue and its handler, on moto's SQS."""

import json

import boto3
import pytest

from functions.notifier import handler
from tests.support.aws import MAX_RECEIVE_COUNT, Cloud
from tests.support.event_source import count, poll


@pytest.mark.parametrize("body", ["hello", "{}", '{"org_id": "acme", "notification_id": 5}'])
def test_a_malformed_message_is_a_dead_letter_without_waiting(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setenv("JOBS_TABLE", "jobs")
    handler._services.cache_clear()
    sqs = boto3.client("sqs")
    dead = sqs.create_queue(QueueName="notices-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
    queue = sqs.create_queue(QueueName="notices", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "720"})[
        "QueueUrl"
    ]
    sqs.send_message(QueueUrl=queue, MessageBody=body)
    received = [poll(queue, handler.handler) for _ in range(MAX_RECEIVE_COUNT + 1)]
    assert received == [1] * MAX_RECEIVE_COUNT + [0]
    assert (count(queue), count(dead)) == (0, 1)
    handler._services.cache_clear()
