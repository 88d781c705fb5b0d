"""One suite over the counts of mails in memory and on DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.notifier.mailboxes.dynamodb import DynamoMailboxes
from functions.notifier.mailboxes.memory import MemoryMailboxes
from functions.notifier.mailboxes.store import MAILS_AN_HOUR, Mailboxes
from tests.support.aws import make_tables
from tests.support.clock import ManualClock


@pytest.fixture(params=["memory", "dynamodb"])
def boxes(request: pytest.FixtureRequest) -> Iterator[Mailboxes]:
    if request.param == "memory":
        yield MemoryMailboxes()
        return
    with mock_aws():
        make_tables()
        yield DynamoMailboxes("jobs", partial(boto3.client, "dynamodb"))


def test_twenty_mails_may_go_within_any_hour(boxes: Mailboxes, clock: ManualClock) -> None:
    start = clock()
    for _ in range(MAILS_AN_HOUR):
        assert boxes.take("a@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock()) is None
        clock.advance(minutes=1)
    for _ in range(3):
        free_at = boxes.take("a@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock())
        assert free_at == start + timedelta(hours=1)
    assert boxes.take("other@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock()) is None
    clock.now = start + timedelta(hours=1)
    assert boxes.take("a@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock()) is None
    assert boxes.take("a@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock()) == start + timedelta(
        hours=1, minutes=1
    )


def test_codes_have_a_limit_of_their_own_within_that_of_all(boxes: Mailboxes, clock: ManualClock) -> None:
    for _ in range(3):
        assert boxes.take("a@b.example", purpose="code", most=3, now=clock()) is None
    assert boxes.take("a@b.example", purpose="code", most=3, now=clock()) == clock() + timedelta(hours=1)
    for _ in range(MAILS_AN_HOUR - 3):
        assert boxes.take("a@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock()) is None
    assert boxes.take("a@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock()) is not None


@pytest.mark.parametrize("alike", ["A@B.example", "a+1@b.example", "a+2@B.EXAMPLE"])
def test_other_spellings_lead_to_the_same_box(boxes: Mailboxes, clock: ManualClock, alike: str) -> None:
    assert boxes.take("a@b.example", purpose="code", most=1, now=clock()) is None
    assert boxes.take(alike, purpose="code", most=1, now=clock()) is not None


def test_of_many_at_once_no_more_go_than_may(clock: ManualClock) -> None:
    with mock_aws():
        make_tables()
        client = boto3.client("dynamodb")
        boxes = DynamoMailboxes("jobs", lambda: client)
        with ThreadPoolExecutor(4) as pool:
            taken = [
                pool.submit(boxes.take, "a@b.example", purpose="notice", most=MAILS_AN_HOUR, now=clock())
                for _ in range(40)
            ]
        assert sum(each.result() is None for each in taken) == MAILS_AN_HOUR
