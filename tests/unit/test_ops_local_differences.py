import json
from collections.abc import Iterator, Mapping
from typing import Any, Self

import pytest

from ops.local_differences import allow_plain_http

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
