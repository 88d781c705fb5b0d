"""The job stores that keep one contract, and jobs to store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import boto3
from moto import mock_aws

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.policy import Timing
from functions.shared.kernel.jobs.store import JobStore
from tests.support.aws import make_tables
from tests.support.clock import ManualClock

TIMING = Timing()


@contextmanager
def opened(kind: str, clock: ManualClock) -> Iterator[JobStore]:
    """An empty store, `memory` or `dynamodb`."""
    if kind == "memory":
        yield MemoryJobStore()
        return
    with mock_aws():
        make_tables()
        yield DynamoJobStore("jobs", partial(boto3.client, "dynamodb"), clock)


def a_job(clock: ManualClock, job_id: str, **changes: Any) -> Job:
    job = Job(
        org_id="acme",
        job_id=job_id,
        type=JobType.GENERATE_CONTENT,
        payload={"topic": "tea", "deep": {"n": [1, 2]}},
        created_at=clock(),
        updated_at=clock(),
        due_at=clock() + TIMING.dispatch_grace,
    )
    return replace(job, **changes)


def claimed(job: Job, clock: ManualClock, owner: str = "worker") -> Job:
    return transitions.claimed(job, now=clock(), owner=owner, timing=TIMING)
