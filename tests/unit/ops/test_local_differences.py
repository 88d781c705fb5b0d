import json
from collections.abc import Iterator, Mapping
from typing import Any, Self

import pytest

from ops.local_differences import (
    allow_plain_http,
    find_schedules_in_any_group,
    read_cors_as_the_engine_does,
    send_in_batches,
)

DENY_HTTP = {"Effect": "Deny", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
ALLOW_TOPIC = {"Effect": "Allow", "Action": "sqs:SendMessage"}


class FakeSqs:
    """Queues by url, each with its policy's statements; `changed` holds what was set."""

    def __init__(self, queues: Mapping[str, list[dict[str, Any]]]) -> None:
        self.policies = {url: json.dumps({"Statement": list(statements)}) for url, statements in queues.items()}
        self.changed: dict[str, str] = {}

    def get_paginator(self, name: str) -> Self:
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        yield {"QueueUrls": list(self.policies)}
        yield {}

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:
        return {"Attributes": {"Policy": self.policies[request["QueueUrl"]]}}

    def set_queue_attributes(self, **request: Any) -> None:
        self.changed[request["QueueUrl"]] = request["Attributes"]["Policy"]


@pytest.mark.parametrize(
    ("statements", "left"), [([DENY_HTTP], ""), ([DENY_HTTP, ALLOW_TOPIC], json.dumps({"Statement": [ALLOW_TOPIC]}))]
)
def test_only_the_demand_for_tls_is_lifted(statements: list[dict[str, Any]], left: str) -> None:
    sqs = FakeSqs({"q": statements})

    allow_plain_http(sqs)  # type: ignore[arg-type]

    assert sqs.changed == {"q": left}


def test_a_queue_that_demands_no_tls_is_left_as_it_is() -> None:
    sqs = FakeSqs({"q": [ALLOW_TOPIC], "r": []})

    allow_plain_http(sqs)  # type: ignore[arg-type]

    assert sqs.changed == {}


class FakeIam:
    """Roles, each with its inline policies by name."""

    def __init__(self, roles: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
        self.roles = roles

    def list_role_policies(self, **request: str) -> dict[str, Any]:
        return {"PolicyNames": list(self.roles[request["RoleName"]])}

    def get_role_policy(self, **request: str) -> dict[str, Any]:
        return {"PolicyDocument": {"Statement": self.roles[request["RoleName"]][request["PolicyName"]]}}

    def put_role_policy(self, **request: str) -> None:
        self.roles[request["RoleName"]][request["PolicyName"]] = json.loads(request["PolicyDocument"])["Statement"]


def test_only_roles_that_keep_schedules_find_them_in_the_default_group() -> None:
    keep = {"Effect": "Allow", "Action": ["scheduler:CreateSchedule"], "Resource": "arn:aws:scheduler:r:1:schedule/G/*"}
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ["arn:aws:sqs:r:1:q"]}
    iam = FakeIam({"api": {"own": [keep, send]}, "poster": {"own": [send]}})

    find_schedules_in_any_group(iam, ["api", "poster"])

    assert list(iam.roles["poster"]) == ["own"]
    assert iam.roles["api"]["SchedulesInAnyGroup"] == [{**keep, "Resource": "arn:aws:scheduler:r:1:schedule/default/*"}]


def test_only_roles_that_send_to_a_queue_may_send_to_it_in_batches() -> None:
    send = {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:GetQueueUrl"], "Resource": ["arn:aws:sqs:r:1:q"]}
    take = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": ["arn:aws:sqs:r:1:q"]}
    iam = FakeIam({"api": {"own": [send]}, "poster": {"own": [take]}})

    send_in_batches(iam, ["api", "poster"])

    assert list(iam.roles["poster"]) == ["own"]
    assert iam.roles["api"]["SendInBatches"] == [
        {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": ["arn:aws:sqs:r:1:q"]}
    ]


def test_cors_is_named_as_the_engine_reads_it() -> None:
    cors: dict[str, Any] = {"AllowOrigins": ["https://console.example"], "MaxAge": 3600}
    template: dict[str, Any] = {
        "Resources": {
            "Http": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "a", "CorsConfiguration": cors}},
            "Other": {"Type": "AWS::SQS::Queue", "Properties": {}},
        }
    }

    read_cors_as_the_engine_does(template)

    assert (cors["allowOrigins"], cors["maxAge"]) == (["https://console.example"], 3600)
    assert template["Resources"]["Other"]["Properties"] == {}
