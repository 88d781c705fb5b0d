"""What a Lambda's invocation tells operators: lines, and metrics once at its end."""

import json
from typing import Any

import boto3
import pytest

from functions.reconciler.gauges import gauge_lanes, gauge_sweep, measure_lanes
from functions.reconciler.recover import Found, Sweep
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import MAX_RECEIVE_COUNT, consume
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.tally import Tally
from tests.support.aws import Cloud
from tests.support.event_source import Consumer, poll
from tests.support.log_lines import captured

KIND = JobType.GENERATE_CONTENT


def admitted(engine: Engine, topic: str) -> Job:
    return submit(Submission("acme", KIND, {"topic": topic}), engine=engine)


def consumer(engine: Engine) -> Consumer:
    def work(job: Job, context: JobContext) -> dict[str, Any]:
        if job.payload["topic"] == "forbidden":
            raise PermanentError("the model refuses this topic")
        return {}

    return lambda event, context: consume(event, context, handlers={KIND: work}, engine=engine)


def test_a_batch_publishes_one_metric_line_for_each_type_and_one_for_what_failed(
    cloud: Cloud, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for topic in ("tea", "forbidden", "coffee"):
        admitted(engine, topic)
    engine.tally.publish()
    capsys.readouterr()
    poll(cloud.queue_urls["content"], consumer(engine), batch_size=10)

    line, failed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert (failed["FailedForGood"], "type" in failed) == ([1.0], False)
    assert line["type"] == KIND
    assert (line["Claimed"], line["Completed"], line["Failed"]) == ([3.0], [2.0], [1.0])
    assert len(line["Waiting"]) == len(line["Duration"]) == 3


def test_a_failed_jobs_message_is_told_once_when_it_leaves_for_the_dead_letter_queue(
    cloud: Cloud, engine: Engine
) -> None:
    job = admitted(engine, "forbidden")
    with captured() as lines:
        while poll(cloud.queue_urls["content"], consumer(engine)):
            pass
    line = lines.only("job_dead_lettered")
    assert (line["job_id"], line["type"], line["reason"]) == (job.job_id, KIND, "the job failed for good")


def test_a_message_that_makes_no_sense_is_told_as_dead_lettered_too(cloud: Cloud, engine: Engine) -> None:
    boto3.client("sqs").send_message(QueueUrl=cloud.queue_urls["content"], MessageBody="not json")
    with captured() as lines:
        while poll(cloud.queue_urls["content"], consumer(engine)):
            pass
    assert len(lines.of("message_refused")) == MAX_RECEIVE_COUNT
    assert "malformed" in lines.only("job_dead_lettered")["reason"]


def test_a_delivery_that_a_store_out_of_reach_defeats_is_told_with_when_it_comes_back(
    cloud: Cloud, engine: Engine
) -> None:
    admitted(engine, "tea")
    boto3.client("dynamodb").delete_table(TableName="jobs")
    with captured() as lines:
        poll(cloud.queue_urls["content"], consumer(engine))
    assert lines.only("delivery_failed")["again_in_s"] == 10


def test_the_gauges_count_what_waits_runs_and_is_delayed_over_all_queues(cloud: Cloud) -> None:
    sqs = boto3.client("sqs")
    for lane in ("content", "social-high"):
        sqs.send_message(QueueUrl=cloud.queue_urls[lane], MessageBody="waits")
    sqs.send_message(QueueUrl=cloud.queue_urls["pages"], MessageBody="later", DelaySeconds=60)
    sqs.receive_message(QueueUrl=cloud.queue_urls["content"])
    tally = Tally()

    lanes = measure_lanes(cloud.queue_urls, aws.sqs)
    gauge_lanes(tally, lanes)

    assert lanes.totals == {"waiting": 1, "delayed": 1, "processing": 1}
    assert lanes.waiting == {**dict.fromkeys(cloud.queue_urls, 0), "social-high": 1}
    assert tally.counts[("state", "waiting"),] == {"ActiveJobs": 1}


def test_a_queue_that_cannot_be_asked_leaves_the_gauges_out_and_counts_as_not_empty(cloud: Cloud) -> None:
    tally = Tally()
    with captured() as lines:
        lanes = measure_lanes({"gone": f"{cloud.queue_urls['content']}-gone"}, aws.sqs)
    gauge_lanes(tally, lanes)
    assert lines.only("gauge_failed")["lane"] == "gone"
    assert (lanes.totals, lanes.waiting) == ({}, {"gone": 1})
    assert tally.counts == {}


def test_the_reconciler_counts_what_it_found() -> None:
    tally = Tally()
    gauge_sweep(tally, Sweep({Found.SENT: 2}))
    assert tally.counts == {(("found", "sent"),): {"DueJobs": 2}}
