"""What one ordinary job costs, from admission to completion."""

from functools import partial

import boto3
from moto import mock_aws

from benchmarks.cost import Cost
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.settings import EngineSettings
from tests.support.aws import make_cloud
from tests.support.event_source import poll

WRITE_UNITS_LIMIT = 12
SQS_REQUESTS_LIMIT = 5
CALLS_LIMIT = 9


def measure() -> Cost:
    """Admit one job, deliver its message, complete it."""
    with mock_aws():
        aws._client.cache_clear()
        cloud = make_cloud()
        engine = engine_from(EngineSettings(jobs_table="jobs", queue_urls=cloud.queue_urls), KINDS)
        cost = Cost()
        for client in (aws.dynamodb(), aws.sqs()):
            cost.watch(client)
        submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)
        handlers: Handlers = {JobType.GENERATE_CONTENT: lambda job, context: {"variants": 4}}
        sqs = boto3.client("sqs")
        cost.watch(sqs)
        poll(cloud.queue_urls["content"], partial(consume, handlers=handlers, engine=engine), client=sqs)
        del cost.calls["sqs:GetQueueAttributes"]  # the poller's own look at the queue's name, not the event source's
    aws._client.cache_clear()
    return cost


def sqs_requests(cost: Cost) -> int:
    """Billable SQS requests."""
    return sum(count for call, count in cost.calls.items() if call.startswith("sqs:"))


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, value and limit."""
    cost = measure()
    calls = ", ".join(f"{call.partition(':')[2]} {count}" for call, count in sorted(cost.calls.items()))
    return [
        ("DynamoDB write units of an ordinary job", str(cost.write_units), f"<= {WRITE_UNITS_LIMIT}"),
        ("SQS requests of an ordinary job", str(sqs_requests(cost)), f"<= {SQS_REQUESTS_LIMIT}"),
        ("AWS calls of an ordinary job", str(cost.calls.total()), calls),
    ]
