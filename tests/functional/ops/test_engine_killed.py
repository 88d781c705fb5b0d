"""The embedded engine is killed: what it held until shortly before is there when it is started again."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from ops.deployment import Deployment
from ops.engine import Engine


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    deployment = Deployment(tmp_path, port)
    yield deployment
    Engine(deployment).stop()


def client(deployment: Deployment, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=deployment.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def make_something(deployment: Deployment) -> None:
    client(deployment, "dynamodb").create_table(
        TableName="jobs",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client(deployment, "dynamodb").put_item(TableName="jobs", Item={"pk": {"S": "accepted"}})
    url = client(deployment, "sqs").create_queue(QueueName="lane")["QueueUrl"]
    client(deployment, "sqs").send_message(QueueUrl=url, MessageBody="waits")
    client(deployment, "secretsmanager").create_secret(Name="token", SecretString="secret")


def wait_until_kept(deployment: Deployment) -> None:
    after = time.time()
    files = [deployment.root / "engine" / "state" / f"{name}.json" for name in ("dynamodb", "sqs", "secretsmanager")]
    deadline = time.monotonic() + 120
    while not all(file.exists() and file.stat().st_mtime > after for file in files):
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.2)


def test_what_a_killed_engine_held_is_there_again_and_it_is_told(deployment: Deployment) -> None:
    engine, said = Engine(deployment), list[str]()
    running = engine.start(enforce_iam=False, say=said.append)
    assert said[-1] == ""
    make_something(deployment)
    wait_until_kept(deployment)
    wait_until_kept(deployment)  # one writing that began after everything was made
    os.killpg(running.pid, signal.SIGKILL)
    while engine.running() is not None:
        time.sleep(0.05)

    engine.start(enforce_iam=False, say=said.append)

    assert said[-1].startswith("the last one ended without being stopped: it goes on from what was kept at ")
    stored = client(deployment, "dynamodb").get_item(TableName="jobs", Key={"pk": {"S": "accepted"}})
    assert stored["Item"] == {"pk": {"S": "accepted"}}
    url = client(deployment, "sqs").get_queue_url(QueueName="lane")["QueueUrl"]
    (message,) = client(deployment, "sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    assert message["Body"] == "waits"
    assert client(deployment, "secretsmanager").get_secret_value(SecretId="token")["SecretString"] == "secret"
    assert engine.stop()
    engine.start(enforce_iam=False, say=said.append)
    assert said[-1] == "", "after a clean end there is nothing to tell"
