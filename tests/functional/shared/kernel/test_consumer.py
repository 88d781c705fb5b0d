"""Records of a real queue, through the consumer, to completion or the dead-letter queue."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job, JobStatus
from tests.support.aws import MAX_RECEIVE_COUNT, Cloud
from tests.support.event_source import Consumer, count, poll

Work = Callable[[Job, JobContext], Mapping[str, Any]]


def consumer_of(work: Work, engine: Engine) -> Consumer:
    return lambda event, context: consume(event, context, handlers={JobType.GENERATE_CONTENT: work}, engine=engine)


def admitted(engine: Engine, topic: str = "tea") -> Job:
    return submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": topic}), engine=engine)


def drain(cloud: Cloud, consumer: Consumer, *, batch_size: int = 1) -> int:
    polls = 0
    while poll(cloud.queue_urls["content"], consumer, batch_size=batch_size):
        polls += 1
        assert polls < 100, "the queue never drains"
    return polls


def stored(engine: Engine, job: Job) -> Job:
    found = engine.store.get(job.org_id, job.job_id)
    assert found is not None
    return found


def test_a_job_completes_and_its_message_is_gone(cloud: Cloud, engine: Engine) -> None:
    job = admitted(engine)
    drain(cloud, consumer_of(lambda job, context: {"ok": 1}, engine))
    assert (stored(engine, job).status, stored(engine, job).result) == (JobStatus.COMPLETED, {"ok": 1})
    assert count(cloud.queue_urls["content"]) == count(cloud.dead_letter_urls["content"]) == 0


def test_a_job_that_keeps_failing_runs_four_times_and_one_message_lands_in_the_dead_letter_queue(
    cloud: Cloud, engine: Engine
) -> None:
    job = admitted(engine)
    runs = []

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        runs.append(job.attempt)
        raise TransientError("the model is overloaded")

    drain(cloud, consumer_of(work, engine))
    assert runs == [1, 2, 3, 4]
    assert stored(engine, job).error == "the model is overloaded (gave up after 4 runs)"
    assert count(cloud.queue_urls["content"]) == 0
    assert count(cloud.dead_letter_urls["content"]) == 1


def test_a_permanent_failure_takes_exactly_the_receive_count_to_the_dead_letter_queue(
    cloud: Cloud, engine: Engine
) -> None:
    admitted(engine)
    runs = []

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        runs.append(job.attempt)
        raise PermanentError("refused")

    assert drain(cloud, consumer_of(work, engine)) == MAX_RECEIVE_COUNT
    assert runs == [1]
    assert count(cloud.dead_letter_urls["content"]) == 1


def test_a_plain_redrive_runs_a_failed_job_again(cloud: Cloud, engine: Engine) -> None:
    job = admitted(engine)

    def broken(job: Job, context: JobContext) -> Mapping[str, Any]:
        raise PermanentError("the key is wrong")

    drain(cloud, consumer_of(broken, engine))
    sqs = boto3.client("sqs")
    dead = sqs.receive_message(QueueUrl=cloud.dead_letter_urls["content"])["Messages"][0]
    sqs.send_message(QueueUrl=cloud.queue_urls["content"], MessageBody=dead["Body"])
    drain(cloud, consumer_of(lambda job, context: {}, engine))
    done = stored(engine, job)
    assert (done.status, [attempt.outcome for attempt in done.attempts]) == (
        JobStatus.COMPLETED,
        ["failed", "completed"],
    )


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        "{}",
        json.dumps({"job_id": "x", "org_id": "acme", "attempt": 0}),
        json.dumps({"job_id": "../x", "org_id": "acme", "attempt": 1}),
        json.dumps({"job_id": "x", "org_id": "acme", "attempt": 1, "version": 2}),
        json.dumps({"job_id": "gone", "org_id": "acme", "attempt": 1}),
    ],
)
def test_a_message_that_makes_no_sense_goes_to_the_dead_letter_queue_and_holds_nothing_up(
    cloud: Cloud, engine: Engine, body: str
) -> None:
    boto3.client("sqs").send_message(QueueUrl=cloud.queue_urls["content"], MessageBody=body)
    good = admitted(engine)
    drain(cloud, consumer_of(lambda job, context: {}, engine), batch_size=10)
    assert stored(engine, good).status is JobStatus.COMPLETED
    assert count(cloud.dead_letter_urls["content"]) == 1


def test_an_unexpected_exception_fails_only_its_own_record(cloud: Cloud, engine: Engine) -> None:
    jobs = [admitted(engine, topic) for topic in ("tea", "bomb", "coffee")]

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        if job.payload["topic"] == "bomb":
            raise ZeroDivisionError
        return {}

    poll(cloud.queue_urls["content"], consumer_of(work, engine), batch_size=10)
    assert [stored(engine, job).status for job in jobs] == [
        JobStatus.COMPLETED,
        JobStatus.QUEUED,
        JobStatus.COMPLETED,
    ]


def test_a_record_that_met_a_dead_store_is_delivered_again(cloud: Cloud, engine: Engine) -> None:
    admitted(engine)
    boto3.client("dynamodb").delete_table(TableName="jobs")
    assert poll(cloud.queue_urls["content"], consumer_of(lambda job, context: {}, engine)) == 1
    assert count(cloud.queue_urls["content"]) == 1
