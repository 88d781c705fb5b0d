"""Many jobs at once, over the real stores."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from benchmarks.cost import Cost
from functions.api.jobs.admit_many import submit_many
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.settings import EngineSettings
from tests.support.aws import Cloud, make_cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with mock_aws():
        aws._client.cache_clear()
        yield make_cloud()
    aws._client.cache_clear()


@pytest.fixture
def engine(cloud: Cloud) -> Engine:
    return engine_from(EngineSettings(jobs_table="jobs", queue_urls=cloud.queue_urls), KINDS)


def submissions(number: int) -> list[Submission]:
    return [
        Submission("acme", JobType.GENERATE_CONTENT, {"topic": f"Tea {index}"}, idempotency_key=f"k {index}")
        for index in range(number)
    ]


def admitted(outcomes: list[Any]) -> list[Job]:
    assert all(isinstance(outcome, Job) for outcome in outcomes), outcomes
    return outcomes


def test_fifty_jobs_take_few_calls(engine: Engine, cloud: Cloud) -> None:
    cost = Cost()
    for client in (aws.dynamodb(), aws.sqs()):
        cost.watch(client)
    jobs = admitted(submit_many("acme", submissions(50), engine=engine))
    assert cost.calls["sqs:SendMessageBatch"] == 5
    assert cost.calls["dynamodb:TransactWriteItems"] == 2
    assert cost.calls["dynamodb:Query"] + cost.calls["dynamodb:BatchGetItem"] <= 3
    assert cost.calls.total() < 2 * 50
    assert all(job.dispatched_at for job in engine.store.get_many("acme", [job.job_id for job in jobs]))
    again = submit_many("acme", submissions(50), engine=engine)
    assert [job.job_id for job in admitted(again)] == [job.job_id for job in jobs]
    assert cost.calls["sqs:SendMessageBatch"] == 5


def test_a_bulk_that_meets_another_submission_is_admitted_one_by_one(engine: Engine) -> None:
    first = submit(submissions(1)[0], engine=engine)
    real = engine.store.known_keys
    hidden: list[Any] = []

    def not_yet(org_id: str, keys: Any) -> Any:
        hidden.append(real(org_id, keys))
        return {}

    object.__setattr__(engine.store, "known_keys", not_yet)  # as if the key had been stored a moment later
    jobs = admitted(submit_many("acme", submissions(3), engine=engine))
    assert hidden[0]
    assert jobs[0].job_id == first.job_id
    assert len({job.job_id for job in jobs}) == 3


def test_messages_that_sqs_does_not_take_are_left_to_the_reconciler(engine: Engine, cloud: Cloud) -> None:
    def as_sqs_answers(parsed: dict[str, Any], **_: Any) -> None:
        taken = parsed["Successful"].pop(0)
        parsed["Failed"] = [{"Id": taken["Id"], "SenderFault": False, "Code": "InternalError"}]

    aws.sqs().meta.events.register("after-call.sqs.SendMessageBatch", as_sqs_answers)
    jobs = admitted(submit_many("acme", submissions(12), engine=engine))
    stored = engine.store.get_many("acme", [job.job_id for job in jobs])
    assert [job.dispatched_at is None for job in stored] == [number in (0, 10) for number in range(12)]
    assert all(job.due_at for job in stored)


def test_the_queue_holds_one_message_for_each_job(engine: Engine, cloud: Cloud) -> None:
    submit_many("acme", submissions(12), engine=engine)
    names: Any = ["ApproximateNumberOfMessages"]
    queue = boto3.client("sqs").get_queue_attributes(QueueUrl=cloud.queue_urls["content"], AttributeNames=names)
    assert queue["Attributes"] == {"ApproximateNumberOfMessages": "12"}
