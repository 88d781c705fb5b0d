"""How fast jobs are run and taken in on the embedded engine, against Lambdas there that do nothing.

Both sides of a ratio take turns in one run, on the same engine, with the same event source and the same authorizer.
"""

import io
import statistics
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2

from benchmarks.embedded import Embedded, embedded
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import new_id, utc_now
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.sqs import SqsDispatcher
from ops.tools import REPOSITORY

MESSAGES = 300
ROUNDS = 3
REQUESTS = 40
AT_ONCE = 10
LEAST_RATIO = 0.5
_PATIENCE_SECONDS = 300
# Each says one line: the engine waits 50 ms for the log of an invocation that says none.
_BARE_QUEUE = "def handler(event, context):\n    print('done')\n    return {'batchItemFailures': []}\n"
_BARE_ROUTE = "def handler(event, context):\n    print('done')\n    return {'statusCode': 202, 'body': '{}'}\n"
_JOBS = f"import sys\nsys.path[:0] = [{str(REPOSITORY)!r}]\nfrom benchmarks.noop_worker import run_jobs as handler\n"


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, measured value and limit. Brings up a deployment of its own and removes it."""
    with embedded() as stack:
        return [*_jobs_a_second(stack), *_requests(stack)]


@dataclass(frozen=True)
class _Lane:
    """A queue with a Lambda that works it off once it is let."""

    stack: Embedded
    name: str
    url: str
    arn: str

    def seconds_to_drain(self) -> float:
        """From the moment the Lambda may begin to the last message's end."""
        functions = self.stack.aws.functions
        started = time.monotonic()
        mapping = functions.create_event_source_mapping(
            EventSourceArn=self.arn,
            FunctionName=self.name,
            BatchSize=1,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": AT_ONCE},
        )
        while self._waiting():
            if time.monotonic() - started > _PATIENCE_SECONDS:
                raise RuntimeError(f"{self.name} was not drained within {_PATIENCE_SECONDS} s")
            time.sleep(0.05)
        took = time.monotonic() - started
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
        return took

    def _waiting(self) -> int:
        wanted: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.stack.aws.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=wanted)["Attributes"]
        return sum(map(int, found.values()))


def _jobs_a_second(stack: Embedded) -> list[tuple[str, str, str]]:
    bare, jobs = _lane(stack, "bare-lane", _BARE_QUEUE), _lane(stack, "job-lane", _JOBS)
    engine = _engine(stack, jobs)
    for lane, fill in ((bare, _fill_bare), (jobs, lambda lane, messages: _fill_jobs(engine, messages))):
        fill(lane, 2 * AT_ONCE)  # the workers are warm before the first round
        lane.seconds_to_drain()
    ratios, rates = [], []
    for _ in range(ROUNDS):
        _fill_bare(bare, MESSAGES)
        bare_seconds = bare.seconds_to_drain()
        _fill_jobs(engine, MESSAGES)
        job_seconds = jobs.seconds_to_drain()
        ratios.append(bare_seconds / job_seconds)
        rates.append((MESSAGES / bare_seconds, MESSAGES / job_seconds))
    bare_rate, job_rate = (statistics.median(column) for column in zip(*rates, strict=True))
    return [
        ("bare messages a second", f"{bare_rate:.0f}", "a Lambda that does nothing"),
        ("jobs that do nothing a second", f"{job_rate:.0f}", "claimed and completed"),
        ("jobs against bare messages", f"{statistics.median(ratios):.2f}", f">= {LEAST_RATIO}"),
    ]


def _fill_bare(lane: _Lane, messages: int) -> None:
    for start in range(0, messages, 10):
        entries: Any = [{"Id": str(number), "MessageBody": "{}"} for number in range(min(10, messages - start))]
        lane.stack.aws.sqs.send_message_batch(QueueUrl=lane.url, Entries=entries)


def _fill_jobs(engine: Engine, messages: int) -> None:
    for number in range(messages):
        payload = {"topic": f"Topic {number}", "platforms": ["twitter"]}
        plan(Submission(f"bench-{number % 10}", JobType.GENERATE_CONTENT, payload), engine=engine)


def _engine(stack: Embedded, lane: _Lane) -> Engine:
    return Engine(
        store=DynamoJobStore(stack.outputs["tables"]["jobs"], lambda: stack.aws.dynamodb, utc_now),
        dispatcher=SqsDispatcher({"content": lane.url}, lambda: stack.aws.sqs),
        clock=utc_now,
        new_id=new_id,
        random=lambda: 0.0,
        kinds=KINDS,
    )


def _lane(stack: Embedded, name: str, code: str) -> _Lane:
    """A Lambda with the role and the settings of the content generator, and a queue."""
    url = stack.aws.sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    arn = stack.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    _function(stack, name, code)
    return _Lane(stack, name, url, arn)


def _function(stack: Embedded, name: str, code: str) -> str:
    functions = stack.aws.functions
    model = functions.get_function_configuration(FunctionName=stack.outputs["functions"]["content_generator"])
    made = functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="main.handler",
        Role=model["Role"],
        Timeout=60,
        Code={"ZipFile": _zipped(code)},
        Environment={"Variables": model.get("Environment", {}).get("Variables", {})},
    )
    return str(made["FunctionArn"])


def _zipped(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", code)
    return packed.getvalue()


def _requests(stack: Embedded) -> list[tuple[str, str, str]]:
    """`POST /api/jobs` beside a route to a Lambda that does nothing, behind the same authorizer."""
    bare_url = f"{_bare_api(stack)}/bare"
    number = count()
    with _lanes_at_rest(stack), httpx2.Client(timeout=30, headers=_bearer(stack), trust_env=False) as client:

        def post_job() -> httpx2.Response:
            body = {"type": "GENERATE_CONTENT", "payload": {"topic": f"Topic {next(number)}"}}
            return client.post(f"{stack.outputs['api_url']}/api/jobs", json=body)

        def post_bare() -> httpx2.Response:
            return client.post(bare_url, json={"topic": "Topic"})

        for _ in range(5):
            _seconds(post_bare), _seconds(post_job)
        pairs = [(_seconds(post_bare), _seconds(post_job)) for _ in range(REQUESTS)]
    bare, job = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [
        ("a bare route's answer", f"{bare * 1000:.1f} ms", "a Lambda that does nothing"),
        ("POST /api/jobs", f"{job * 1000:.1f} ms", "202, the job stored and its message sent"),
        ("POST /api/jobs against a bare route", f"{bare / job:.2f}", f">= {LEAST_RATIO}"),
    ]


def _seconds(post: Callable[[], httpx2.Response]) -> float:
    started = time.perf_counter()
    answer = post()
    took = time.perf_counter() - started
    if answer.status_code != 202:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
    return took


def _bearer(stack: Embedded) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.outputs['user_token']}"}


class _lanes_at_rest:  # noqa: N801 - it reads as the condition it keeps
    """While requests are timed, no Lambda works off what they submit; what is left over is deleted with the engine."""

    def __init__(self, stack: Embedded) -> None:
        self._functions = stack.aws.functions

    def __enter__(self) -> None:
        for mapping in self._functions.list_event_source_mappings()["EventSourceMappings"]:
            with suppress(self._functions.exceptions.ResourceNotFoundException):
                self._functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    def __exit__(self, *_: object) -> None:
        return


def _bare_api(stack: Embedded) -> str:
    """An HTTP API of one route, with the product's own authorizer before it; returns its address."""
    gateway: Any = stack.aws._client("apigatewayv2")
    own = next(api for api in gateway.get_apis()["Items"] if api["ApiId"] in stack.outputs["api_url"])
    given = gateway.get_authorizers(ApiId=own["ApiId"])["Items"][0]
    api = gateway.create_api(Name="bare", ProtocolType="HTTP")["ApiId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="jwt",
        AuthorizerType="JWT",
        IdentitySource=given["IdentitySource"],
        JwtConfiguration=given["JwtConfiguration"],
    )["AuthorizerId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=_function(stack, "bare-route", _BARE_ROUTE),
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    gateway.create_route(
        ApiId=api,
        RouteKey="POST /bare",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
    )
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return str(stack.outputs["api_url"]).replace(own["ApiId"], api)
