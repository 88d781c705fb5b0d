"""A worker on moto, warm and without work of its own: what is left is the engine's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from moto import mock_aws

from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws, visibility
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.settings import EngineSettings
from tests.support.aws import Cloud, make_cloud
from tests.support.event_source import poll


@dataclass(frozen=True)
class Worker:
    """One container, fed from the content queue."""

    cloud: Cloud
    engine: Engine
    sqs: Any

    def admit(self) -> None:
        """Take one job in; its message waits."""
        plan(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=self.engine)

    def work(self) -> None:
        """Deliver one message and complete its job."""
        handlers: Handlers = {JobType.GENERATE_CONTENT: _nothing}
        poll(self.queue_url, partial(consume, handlers=handlers, engine=self.engine), client=self.sqs)

    @property
    def queue_url(self) -> str:
        """The content queue."""
        return self.cloud.queue_urls["content"]


@contextmanager
def warm_worker() -> Iterator[Worker]:
    """A worker that has run a job."""
    with mock_aws():
        _forget_clients()
        cloud = make_cloud()
        engine = engine_from(EngineSettings(jobs_table="jobs", queue_urls=cloud.queue_urls), KINDS)
        worker = Worker(cloud, engine, boto3.client("sqs"))
        worker.admit()
        worker.work()
        yield worker
    _forget_clients()


def _forget_clients() -> None:
    aws._client.cache_clear()
    visibility.queue_url.cache_clear()


def _nothing(job: Job, context: JobContext) -> Mapping[str, Any]:
    return {}
