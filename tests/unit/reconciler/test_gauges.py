"""What the reconciler tells CloudWatch of the queues."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.reconciler.gauges import count_queues, gauge_lanes, measure_lanes
from functions.reconciler.settings import Settings
from functions.reconciler.wiring import services_from
from functions.shared.kernel.tally import Tally

FIVE = datetime(2026, 11, 22, 5, tzinfo=UTC)


class Sqs:
    """Queues by the end of their URL: visible messages, delayed ones, and those being worked on."""

    def __init__(self, **queues: tuple[int, int, int]) -> None:
        self.queues = queues
        self.asked: list[str] = []

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Mapping[str, Any]:  # noqa: N803
        name = QueueUrl.rpartition("/")[2]
        self.asked.append(name)
        if name not in self.queues:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "away"}}, "GetQueueAttributes")
        names = ("", "Delayed", "NotVisible")
        order = ("ApproximateNumberOfMessages" + each for each in names)
        return {"Attributes": dict(zip(order, map(str, self.queues[name]), strict=True))}


def told(**lanes: tuple[int, int, int]) -> dict[tuple[tuple[str, str], ...], dict[str, int]]:
    tally, sqs = Tally(), Sqs(**lanes)
    gauge_lanes(tally, measure_lanes({name: f"https://sqs/1/{name}" for name in lanes}, lambda: sqs))  # type: ignore[arg-type,return-value]
    return {dimensions: dict(counts) for dimensions, counts in tally.counts.items()}


@pytest.mark.parametrize(
    ("lanes", "stale"),
    [
        ({"content": (5, 0, 0), "social": (0, 0, 0)}, 1),
        ({"content": (5, 0, 0), "social": (1, 0, 0)}, 2),
        ({"content": (500, 0, 1)}, None),
        ({"content": (0, 9, 0)}, None),
        ({"content": (0, 0, 3)}, None),
    ],
)
def test_a_lane_in_which_something_waits_and_nothing_is_worked_on_stands_still(
    lanes: dict[str, tuple[int, int, int]], stale: int | None
) -> None:
    assert told(**lanes).get((), {}).get("Stale") == stale


def test_an_idle_deployment_sends_no_figure_that_would_be_billed() -> None:
    assert told(content=(0, 0, 0), social=(0, 0, 0)) == {}


def test_what_is_in_queues_where_nothing_should_be_is_told_as_one_figure() -> None:
    tally, sqs = Tally(), Sqs(a=(2, 0, 0), b=(0, 0, 0), c=(3, 0, 1), d=(0, 0, 0))
    counted = {
        "DeadLetters": ["https://sqs/1/a", "https://sqs/1/b", "https://sqs/1/c"],
        "MissedTicks": ["https://sqs/1/d"],
    }
    count_queues(tally, counted, lambda: sqs, now=FIVE)  # type: ignore[arg-type,return-value]
    assert {dimensions: dict(counts) for dimensions, counts in tally.counts.items()} == {(): {"DeadLetters": 5}}


def test_once_a_queue_does_not_answer_no_other_is_waited_for() -> None:
    tally, sqs = Tally(), Sqs(a=(2, 0, 0), c=(1, 0, 0))
    counted = {"DeadLetters": ["https://sqs/1/b", "https://sqs/1/a"], "MissedTicks": ["https://sqs/1/c"]}
    count_queues(tally, counted, lambda: sqs, now=FIVE)  # type: ignore[arg-type,return-value]
    assert (sqs.asked, tally.counts) == (["b"], {})


def test_they_are_counted_every_five_minutes() -> None:
    tally, sqs = Tally(), Sqs(a=(1, 0, 0))
    for minute in range(60):
        now = FIVE.replace(minute=minute)
        count_queues(tally, {"DeadLetters": ["https://sqs/1/a"]}, lambda: sqs, now=now)  # type: ignore[arg-type,return-value]
    assert len(sqs.asked) == 12


def test_counted_queues_lie_beside_those_that_are_known_by_their_address() -> None:
    environ = {
        "JOBS_TABLE": "jobs",
        "QUEUE_URLS": '{"notices": "https://sqs.eu-west-1.amazonaws.com/1/notices"}',
        "COUNTED_QUEUES": '{"DeadLetters": ["content-dlq"]}',
        "SCHEDULE_GROUP": "g",
        "SCHEDULE_TARGET": "arn:t",
        "SCHEDULE_ROLE": "arn:r",
        "SCHEDULE_DEAD_LETTERS": "arn:d",
    }
    services = services_from(Settings.from_env(environ))
    assert services.counted_queues == {"DeadLetters": ["https://sqs.eu-west-1.amazonaws.com/1/content-dlq"]}
