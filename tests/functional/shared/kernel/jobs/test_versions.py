"""During an update two versions work on the same jobs: what either stored and sent, the other one runs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from functions.reconciler.recover import reconcile
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.items import to_item
from functions.shared.kernel.jobs.memory import MemoryDispatcher
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Delivery, Verdict, run
from functions.shared.kernel.messages import JobMessage
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine

BEFORE = json.loads((Path(__file__).parent / "data" / "version_before.json").read_text())
NEW_FIELDS = {"letters", "resends"}
"""What this version's items have beside the version before's, which reads over them and drops them when it writes."""

pytestmark = pytest.mark.usefixtures("fresh_clients")


@pytest.fixture
def engine(clock: ManualClock) -> Iterator[Engine]:
    clock.now = datetime(2026, 11, 22, 4, 3, tzinfo=UTC)
    with mock_aws():
        make_tables()
        for item in BEFORE["items"].values():
            aws.dynamodb().put_item(TableName="jobs", Item=item)
        yield replace(memory_engine(clock=clock), store=DynamoJobStore("jobs", aws.dynamodb, clock))


def delivered(engine: Engine, message: JobMessage, delivery: Delivery, error: Exception | None = None) -> Verdict:
    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        if error is not None:
            raise error
        return {"done": True}

    return run(message, delivery, handlers={JobType.GENERATE_CONTENT: work}, engine=engine)


def stored(engine: Engine, job_id: str) -> Job:
    job = engine.store.get("acme", job_id)
    assert job is not None
    return job


def the_message(name: str) -> JobMessage:
    return JobMessage.model_validate_json(BEFORE["messages"][name])


@pytest.mark.parametrize("name", ["queued", "retrying", "processing", "failed"])
def test_a_job_of_the_version_before_runs_by_its_message(engine: Engine, name: str) -> None:
    assert delivered(engine, the_message(name), Delivery("sqs-1")) is Verdict.DONE
    job = stored(engine, name)
    assert (job.status, job.result) == (JobStatus.COMPLETED, {"done": True})


def test_a_message_of_the_version_before_that_is_on_its_way_out_goes_on(engine: Engine) -> None:
    again = Delivery("sqs-1", receive_count=2)
    assert delivered(engine, the_message("failed"), again) is Verdict.DEAD_LETTER
    assert stored(engine, "failed").attempt == 1


def test_a_job_that_the_version_before_failed_by_a_message_of_this_one_is_redriven(engine: Engine) -> None:
    message = the_message("failed").model_copy(update={"token": "token-1"})
    assert delivered(engine, message, Delivery("sqs-1", receive_count=2)) is Verdict.DEAD_LETTER
    assert delivered(engine, message, Delivery("sqs-2")) is Verdict.DONE
    assert stored(engine, "failed").status is JobStatus.COMPLETED


def test_what_this_version_stores_is_the_version_befores_and_more_that_it_does_not_need(engine: Engine) -> None:
    assert delivered(engine, the_message("queued"), Delivery("sqs-1"), PermanentError("no")) is Verdict.DEAD_LETTER
    job = replace(stored(engine, "queued"), resends=2)
    item = to_item(job, retention=timedelta(days=30))
    assert set(item) >= NEW_FIELDS
    assert set(item) - NEW_FIELDS <= set(BEFORE["known"])


def test_what_this_version_sends_is_the_version_befores_message_and_a_field_it_ignores(engine: Engine) -> None:
    reconcile(engine=engine)
    assert isinstance(engine.dispatcher, MemoryDispatcher)
    sent = {message.job_id: json.loads(message.model_dump_json()) for _, message, _ in engine.dispatcher.sent}
    assert set(sent) >= {"queued", "processing"}
    for body in sent.values():
        assert set(body) == {"version", "job_id", "org_id", "attempt", "token"}
        assert body["version"] == 1
