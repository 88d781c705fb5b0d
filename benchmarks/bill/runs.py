"""Counts what a run of each scheduled Lambda asks of AWS while there is nothing to do, and what one job asks."""

import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from unittest.mock import patch

import boto3
from moto import mock_aws

from benchmarks import job_cost
from benchmarks.cost import Cost
from functions.shared.kernel import aws
from tests.support.aws import Cloud, api_environ, make_cloud
from tests.support.event_source import FakeContext

_MINUTE = "2026-11-22T05:00:00Z"
_PLATFORM_LINES_BYTES = 900
"""Lambda's own lines of an invocation: start, and report."""


@dataclass(frozen=True)
class Run:
    """What one run asks: calls by service and operation, DynamoDB read and write units, bytes it logs."""

    calls: Counter[str]
    read_units: float
    write_units: int
    log_bytes: int

    def requests(self, service: str) -> int:
        """The calls of a service."""
        return sum(number for call, number in self.calls.items() if call.startswith(f"{service}:"))


def idle_run(name: str) -> Run:
    """A run of `functions/<name>` on its schedule, in a deployment with nothing to do."""
    with _deployed() as cost:
        module = import_module(f"functions.{name}.handler")
        _forget(module)
        module.handler({"scheduled_time": _MINUTE}, FakeContext())  # what is made at a cold start is not counted again
        cost.calls.clear()
        said = io.StringIO()
        with redirect_stdout(said):
            module.handler({"scheduled_time": _MINUTE}, FakeContext())
        _forget(module)
        return _run(cost, len(said.getvalue()) + _PLATFORM_LINES_BYTES)


def _forget(module: ModuleType) -> None:
    """What a handler has built for another environment."""
    for name in ("_services", "_wired"):
        if hasattr(module, name):
            getattr(module, name).cache_clear()


def job_run() -> Run:
    """An ordinary job, from admission to completion."""
    said = io.StringIO()
    with redirect_stdout(said):
        cost = job_cost.measure()
    return _run(cost, len(said.getvalue()) + 2 * _PLATFORM_LINES_BYTES)


def _run(cost: Cost, log_bytes: int) -> Run:
    queries = sum(number for call, number in cost.calls.items() if call in ("dynamodb:Query", "dynamodb:BatchGetItem"))
    reads = 0.5 * queries + cost.calls["dynamodb:GetItem"]
    return Run(cost.calls, reads, cost.write_units, round(log_bytes, -2))


@contextmanager
def _deployed() -> Iterator[Cost]:
    with mock_aws(), patch.dict(os.environ):
        aws._client.cache_clear()
        cloud = make_cloud()
        os.environ.update(_environ(cloud))
        cost = Cost()
        for client in (aws.dynamodb(), aws.sqs()):
            cost.watch(client)
        yield cost
        aws._client.cache_clear()


def _environ(cloud: Cloud) -> Mapping[str, str]:
    notices = boto3.client("sqs").create_queue(QueueName="notices")["QueueUrl"]
    return {
        **api_environ(cloud),
        "QUEUE_URLS": json.dumps({**cloud.queue_urls, "notices": notices}),
        "SITE_BUCKET": cloud.bucket,
        "SITE_URL": "https://site.example",
    }
