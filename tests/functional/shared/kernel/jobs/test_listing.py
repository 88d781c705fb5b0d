"""What a list of jobs asks of DynamoDB, however many there are and whatever the filter."""

from collections import Counter
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.items import to_item
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import Timing
from tests.support.aws import make_tables
from tests.support.clock import ManualClock

STORED = 2_000
RARE = 40


@pytest.fixture(scope="module")
def counted() -> Any:
    """A store of many jobs, with what its client was asked."""
    clock = ManualClock()
    with mock_aws():
        make_tables()
        client = boto3.client("dynamodb")
        for start in range(0, STORED, 25):
            items = [to_item(a_job(number, clock), retention=timedelta(days=30)) for number in range(start, start + 25)]
            client.batch_write_item(RequestItems={"jobs": [{"PutRequest": {"Item": item}} for item in items]})
        calls: Counter[str] = Counter()
        client.meta.events.register("before-call", lambda model, **_: calls.update([model.name]))
        yield DynamoJobStore("jobs", lambda: client, clock), calls


def a_job(number: int, clock: ManualClock) -> Job:
    """Mostly completed pages; now and then one that failed, waits or runs, or is of another type."""
    job_type = JobType.PUBLISH_CONTENT if number % RARE == 1 else JobType.GENERATE_PAGE
    job = Job("acme", f"{number:06d}", job_type, {"trending": 1}, clock(), clock(), due_at=clock())
    held = transitions.claimed(job, now=clock(), owner="worker", timing=Timing())
    ends = {
        2: transitions.failed(held, now=clock(), reason="no"),
        3: job,
        4: held,
    }
    return ends.get(number % RARE, transitions.completed(held, now=clock(), result={}))


@pytest.mark.parametrize("status", [None, *JobStatus])
@pytest.mark.parametrize("job_type", [None, JobType.GENERATE_PAGE, JobType.PUBLISH_CONTENT])
def test_the_newest_fifty_cost_one_query_and_one_batch_of_reads(
    counted: tuple[DynamoJobStore, Counter[str]], status: JobStatus | None, job_type: JobType | None
) -> None:
    store, calls = counted
    calls.clear()
    jobs, _ = store.newest("acme", status=status, job_type=job_type, limit=50)
    assert calls["Query"] == 1
    assert calls["BatchGetItem"] <= 1
    assert calls.total() == calls["Query"] + calls["BatchGetItem"]
    assert all(status in (None, job.status) and job_type in (None, job.type) for job in jobs)
