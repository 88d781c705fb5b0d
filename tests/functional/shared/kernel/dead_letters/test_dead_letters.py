"""Dead letters on real queues: looked at, sent back, and every job done once whatever dies in between."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.dead_letters.browse import browse
from functions.shared.kernel.dead_letters.redrive import Redriven, is_one_of, redrive_all, redrive_chosen
from functions.shared.kernel.dead_letters.sqs import SqsDeadLetterQueues
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Handler, Handlers
from tests.support.aws import LANES, Cloud
from tests.support.dead_letters import EngineWithoutMoveTask, failed_job, letter, pointer
from tests.support.event_source import count, poll
from tests.support.sweep import Crash

MANY = 1002


@pytest.fixture
def queues(cloud: Cloud) -> SqsDeadLetterQueues:
    client: Any = EngineWithoutMoveTask(aws.sqs())
    return SqsDeadLetterQueues(cloud.queue_urls, cloud.dead_letter_urls, lambda: client, wait_seconds=0)


def bury(cloud: Cloud, engine: Engine, number: int, lanes: Sequence[str] = ("content",)) -> list[Job]:
    """Failed jobs, each with its message in a dead-letter queue, ten in turn for each lane."""
    jobs = [failed_job(each) for each in range(number)]
    for job in jobs:
        engine.store.admit(job)
    for start in range(0, number, 10):
        entries: Any = [
            {"Id": job.job_id, "MessageBody": pointer(job), "MessageGroupId": job.org_id}
            for job in jobs[start : start + 10]
        ]
        aws.sqs().send_message_batch(QueueUrl=cloud.dead_letter_urls[lanes[start // 10 % len(lanes)]], Entries=entries)
    return jobs


def work_off(cloud: Cloud, engine: Engine, work: Handler, lane: str = "content") -> None:
    handlers: Handlers = {JobType.GENERATE_CONTENT: work}
    while poll(
        cloud.queue_urls[lane],
        lambda event, context: consume(event, context, handlers=handlers, engine=engine),
        batch_size=10,
        client=aws.sqs(),
    ):
        pass


def status_of(engine: Engine, job: Job) -> JobStatus:
    stored = engine.store.get(job.org_id, job.job_id)
    assert stored is not None
    return stored.status


def no_pause(seconds: float) -> None:
    assert seconds > 0


class DiesWhileSending:
    """A process that dies around some of its sends: before the message went out, or after and unaware of it."""

    def __init__(self, queues: SqsDeadLetterQueues, deaths: Mapping[int, str]) -> None:
        self._queues = queues
        self._deaths = dict(deaths)
        self._sends = 0

    def send_back(self, lane: str, letter: Any) -> None:
        self._sends += 1
        when = self._deaths.get(self._sends)
        if when != "before":
            self._queues.send_back(lane, letter)
        if when is not None:
            raise Crash

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queues, name)


def test_a_redrive_of_a_thousand_that_dies_in_the_middle_loses_none_and_runs_none_twice(
    cloud: Cloud, engine: Engine, queues: SqsDeadLetterQueues
) -> None:
    jobs = bury(cloud, engine, MANY, LANES)
    mortal: Any = DiesWhileSending(queues, {333: "before", 501: "after", 777: "after"})
    crashes = 0
    for lane in LANES:
        while count(cloud.dead_letter_urls[lane]):
            try:
                redrive_all(lane, queues=mortal, pause=no_pause, hide_seconds=1)
            except Crash:
                crashes += 1
    assert crashes == 3
    assert sum(count(url) for url in cloud.queue_urls.values()) == MANY + 2

    runs: list[str] = []

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        runs.append(job.job_id)
        return {}

    for lane in LANES:
        work_off(cloud, engine, work, lane)
    assert sorted(runs) == sorted(job.job_id for job in jobs)
    assert {status_of(engine, job) for job in jobs} == {JobStatus.COMPLETED}
    assert sum(count(url) for url in cloud.dead_letter_urls.values()) == 0


def test_a_redriven_job_that_fails_again_is_a_dead_letter_again_and_can_be_sent_back_again(
    cloud: Cloud, engine: Engine, queues: SqsDeadLetterQueues
) -> None:
    (job,) = bury(cloud, engine, 1)

    def broken(job: Job, context: JobContext) -> Mapping[str, Any]:
        raise PermanentError("the key is still wrong")

    redrive_all("content", queues=queues, pause=no_pause)
    work_off(cloud, engine, broken)
    (dead,) = browse("content", limit=10, queues=queues, jobs=engine.store)
    assert dead.reason == "the key is still wrong"

    redrive_all("content", queues=queues, pause=no_pause)
    work_off(cloud, engine, lambda job, context: {})
    assert status_of(engine, job) is JobStatus.COMPLETED
    assert count(cloud.dead_letter_urls["content"]) == 0


def test_looking_leaves_every_message_where_it_was(cloud: Cloud, engine: Engine, queues: SqsDeadLetterQueues) -> None:
    jobs = bury(cloud, engine, 25)
    for _ in range(2):
        seen = browse("content", limit=100, queues=queues, jobs=engine.store)
        assert sorted(dead.pointer.job_id for dead in seen if dead.pointer) == sorted(job.job_id for job in jobs)
        assert {dead.reason for dead in seen} == {"the model refused"}
    assert len(browse("content", limit=7, queues=queues, jobs=engine.store)) == 7
    visible = boto3.client("sqs").get_queue_attributes(
        QueueUrl=cloud.dead_letter_urls["content"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert visible["Attributes"]["ApproximateNumberOfMessages"] == "25"


def test_one_job_is_sent_back_and_the_others_stay_at_hand(
    cloud: Cloud, engine: Engine, queues: SqsDeadLetterQueues
) -> None:
    jobs = bury(cloud, engine, 15)
    wanted = is_one_of(frozenset(), frozenset({jobs[7].job_id}))
    assert redrive_chosen("content", wanted, queues=queues, pause=no_pause) == Redriven(moved=1, remaining=14)
    work_off(cloud, engine, lambda job, context: {})
    assert [job.job_id for job in jobs if status_of(engine, job) is JobStatus.COMPLETED] == [jobs[7].job_id]
    assert len(browse("content", limit=100, queues=queues, jobs=engine.store)) == 14


def test_attributes_of_a_message_come_along(cloud: Cloud, queues: SqsDeadLetterQueues) -> None:
    attributes: Any = {"trace": {"DataType": "String", "StringValue": "abc"}}
    aws.sqs().send_message(
        QueueUrl=cloud.dead_letter_urls["social"],
        MessageBody=json.dumps({"content_id": "page-1"}),
        MessageAttributes=attributes,
        MessageGroupId="acme",
    )
    redrive_all("social", queues=queues, pause=no_pause)
    (moved,) = aws.sqs().receive_message(
        QueueUrl=cloud.queue_urls["social"], MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert moved["MessageAttributes"]["trace"]["StringValue"] == "abc"
    assert (moved["Body"], moved["Attributes"]["MessageGroupId"]) == ('{"content_id": "page-1"}', "acme")


def test_messages_are_sent_back_no_faster_than_asked(cloud: Cloud, engine: Engine, queues: SqsDeadLetterQueues) -> None:
    bury(cloud, engine, 5)
    pauses: list[float] = []
    redrive_all("content", queues=queues, pause=pauses.append, per_second=20)
    assert pauses == [0.05] * 5


def test_at_most_so_many_are_sent_back_by_one_call(cloud: Cloud, engine: Engine, queues: SqsDeadLetterQueues) -> None:
    bury(cloud, engine, 25)
    assert redrive_all("content", queues=queues, pause=no_pause, at_most=12) == Redriven(moved=12, remaining=13)


@pytest.fixture
def on_aws(cloud: Cloud) -> Iterator[Callable[[Callable[[Stubber], None]], SqsDeadLetterQueues]]:
    """Queues whose client answers as scripted, as AWS would: moto has no move task."""
    stubbers = []

    def scripted(script: Callable[[Stubber], None]) -> SqsDeadLetterQueues:
        client = boto3.client("sqs")
        stubber = Stubber(client)
        stubber.add_response("get_queue_attributes", {"Attributes": {"QueueArn": "arn:aws:sqs:r:1:dlq"}})
        script(stubber)
        stubber.activate()
        stubbers.append(stubber)
        return SqsDeadLetterQueues(cloud.queue_urls, cloud.dead_letter_urls, lambda: client)

    yield scripted
    for stubber in stubbers:
        stubber.assert_no_pending_responses()


ASKED = {"SourceArn": "arn:aws:sqs:r:1:dlq", "MaxNumberOfMessagesPerSecond": 20}
Scripted = Callable[[Callable[[Stubber], None]], SqsDeadLetterQueues]


def test_sqs_is_asked_to_move_them_itself_at_the_given_pace(on_aws: Scripted) -> None:
    queues = on_aws(lambda stubber: stubber.add_response("start_message_move_task", {"TaskHandle": "t"}, ASKED))
    assert queues.start_move("content", per_second=20)


def test_a_move_that_is_under_way_is_as_good_as_started(on_aws: Scripted) -> None:
    def script(stubber: Stubber) -> None:
        told = "There is already a task running. Only one active task is allowed for a source queue arn"
        stubber.add_client_error("start_message_move_task", "UnsupportedOperation", told)

    assert on_aws(script).start_move("content", per_second=20)


def test_any_other_refusal_to_move_is_an_error(on_aws: Scripted) -> None:
    queues = on_aws(lambda stubber: stubber.add_client_error("start_message_move_task", "InternalError", "no"))
    with pytest.raises(TransientError, match="InternalError"):
        queues.start_move("content", per_second=20)


def test_an_engine_without_the_call_is_told_by_its_answer(queues: SqsDeadLetterQueues) -> None:
    assert queues.start_move("content", per_second=20) is False


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ReceiptHandleIsInvalid", "The input receipt handle is invalid."),
        ("AWS.SimpleQueueService.MessageNotInflight", ""),
        ("InvalidParameterValue", "Value r for parameter ReceiptHandle is invalid. Reason: Message does not exist or"),
    ],
)
def test_a_letter_that_sqs_does_not_know_any_more_is_somebody_elses(cloud: Cloud, code: str, message: str) -> None:
    client = boto3.client("sqs")
    queues = SqsDeadLetterQueues(cloud.queue_urls, cloud.dead_letter_urls, lambda: client)
    with Stubber(client) as stubber:
        stubber.add_client_error("change_message_visibility", code, message)
        stubber.add_client_error("delete_message", code, message)
        queues.put_back("content", [letter()])
        queues.delete("content", letter())
        stubber.assert_no_pending_responses()


def test_any_other_refusal_to_put_a_letter_back_is_an_error(cloud: Cloud) -> None:
    client = boto3.client("sqs")
    queues = SqsDeadLetterQueues(cloud.queue_urls, cloud.dead_letter_urls, lambda: client)
    with Stubber(client) as stubber:
        stubber.add_client_error("change_message_visibility", "InternalError", "no")
        with pytest.raises(TransientError, match="InternalError"):
            queues.put_back("content", [letter()])
