"""The dead-letter queues in memory and on SQS behave alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws

from functions.shared.kernel import aws
from functions.shared.kernel.dead_letters.memory import MemoryDeadLetterQueues
from functions.shared.kernel.dead_letters.queues import DeadLetterQueues
from functions.shared.kernel.dead_letters.sqs import SqsDeadLetterQueues
from tests.support.dead_letters import EngineWithoutMoveTask, letter


@dataclass(frozen=True)
class Bench:
    """Queues, a way to put a message in, and the bodies and groups of what was sent back."""

    queues: DeadLetterQueues
    put: Callable[[int], None]
    sent_back: Callable[[], list[tuple[str, str | None]]]


@pytest.fixture(params=["memory", "sqs"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        yield in_memory()
        return
    with mock_aws():
        aws._client.cache_clear()
        yield on_sqs()
    aws._client.cache_clear()


def in_memory() -> Bench:
    queues = MemoryDeadLetterQueues(dead={"content": [], "social": []})
    return Bench(
        queues,
        lambda number: queues.dead["content"].append(letter(number)),
        lambda: [(each.body, each.group_id) for each in queues.sent_back.get("content", [])],
    )


def on_sqs() -> Bench:
    sqs = boto3.client("sqs")
    dead = {lane: sqs.create_queue(QueueName=f"{lane}-dlq")["QueueUrl"] for lane in ("social", "content")}
    work = {"content": sqs.create_queue(QueueName="content")["QueueUrl"]}
    client = EngineWithoutMoveTask(aws.sqs())
    queues = SqsDeadLetterQueues(work, dead, lambda: client, wait_seconds=0)  # type: ignore[arg-type,return-value]

    def put(number: int) -> None:
        sqs.send_message(QueueUrl=dead["content"], MessageBody=letter(number).body, MessageGroupId="acme")

    def sent_back() -> list[tuple[str, str | None]]:
        answer = sqs.receive_message(
            QueueUrl=work["content"], MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        return [(each["Body"], each["Attributes"].get("MessageGroupId")) for each in answer.get("Messages", [])]

    return Bench(queues, put, sent_back)


def test_lanes_are_sorted(bench: Bench) -> None:
    assert bench.queues.lanes == ("content", "social")


def test_a_taken_message_is_hidden_but_counted_until_it_is_put_back(bench: Bench) -> None:
    bench.put(1)
    (taken,) = bench.queues.take("content", limit=10, hide_seconds=60)
    assert bench.queues.take("content", limit=10, hide_seconds=60) == []
    assert bench.queues.count("content") == 1
    bench.queues.put_back("content", [taken])
    assert [each.body for each in bench.queues.take("content", limit=10, hide_seconds=60)] == [letter(1).body]


def test_no_more_are_taken_than_asked_for(bench: Bench) -> None:
    for number in range(3):
        bench.put(number)
    assert len(bench.queues.take("content", limit=2, hide_seconds=60)) == 2


def test_a_message_sent_back_keeps_its_body_and_group_and_stays_until_it_is_deleted(bench: Bench) -> None:
    bench.put(1)
    (taken,) = bench.queues.take("content", limit=1, hide_seconds=60)
    bench.queues.send_back("content", taken)
    assert bench.sent_back() == [(letter(1).body, "acme")]
    assert bench.queues.count("content") == 1
    bench.queues.delete("content", taken)
    assert bench.queues.count("content") == 0


def test_where_the_service_cannot_move_by_itself_that_is_told(bench: Bench) -> None:
    assert bench.queues.start_move("content", per_second=10) is False


def test_purging_leaves_nothing(bench: Bench) -> None:
    bench.put(1)
    bench.queues.purge("content")
    assert bench.queues.count("content") == 0


def test_a_message_that_a_redrive_took_away_meanwhile_is_neither_put_back_nor_deleted_again(bench: Bench) -> None:
    bench.put(1)
    bench.put(2)
    gone, kept = bench.queues.take("content", limit=10, hide_seconds=60)
    bench.queues.delete("content", gone)
    bench.queues.put_back("content", [gone, kept])
    bench.queues.delete("content", gone)
    assert [each.body for each in bench.queues.take("content", limit=10, hide_seconds=60)] == [kept.body]


def test_putting_nothing_back_is_nothing(bench: Bench) -> None:
    bench.queues.put_back("content", [])
