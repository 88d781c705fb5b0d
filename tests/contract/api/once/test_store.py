"""One suite over calls by their key in memory and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.api.once.dynamodb import DynamoAnswers
from functions.api.once.memory import MemoryAnswers
from functions.api.once.store import AnswerStore, Kept
from tests.support.aws import make_tables
from tests.support.clock import ManualClock


@pytest.fixture(params=["memory", "dynamodb"])
def answers(request: pytest.FixtureRequest) -> Iterator[AnswerStore]:
    if request.param == "memory":
        yield MemoryAnswers()
        return
    with mock_aws():
        make_tables()
        yield DynamoAnswers("jobs", partial(boto3.client, "dynamodb"))


def a_call(clock: ManualClock, fingerprint: str = "f") -> Kept:
    return Kept(fingerprint, clock(), clock() + timedelta(seconds=30))


def test_a_new_call_is_taken_and_kept_while_it_runs(answers: AnswerStore, clock: ManualClock) -> None:
    call = a_call(clock)
    assert answers.begin("acme", "me#k", call, now=clock()) == replace(call, mine=True)
    assert answers.begin("acme", "me#k", call, now=clock()) == call
    clock.advance(seconds=29)
    assert answers.begin("acme", "me#k", a_call(clock), now=clock()) == call
    assert answers.begin("acme", "me#other", a_call(clock), now=clock()).mine
    assert answers.begin("other", "me#k", a_call(clock), now=clock()).mine


def test_its_answer_is_kept_for_a_day(answers: AnswerStore, clock: ManualClock) -> None:
    answers.begin("acme", "me#k", a_call(clock), now=clock())
    answers.finish("acme", "me#k", {"statusCode": 201, "body": "{}"})
    clock.advance(hours=23)
    kept = answers.begin("acme", "me#k", a_call(clock, "another"), now=clock())
    assert (kept.answer, kept.fingerprint) == ({"statusCode": 201, "body": "{}"}, "f")
    clock.advance(hours=1)
    assert answers.begin("acme", "me#k", a_call(clock), now=clock()).mine


@pytest.mark.parametrize("given_back", [True, False])
def test_one_that_nobody_makes_any_more_is_taken_over_by_one_of_two(
    answers: AnswerStore, clock: ManualClock, given_back: bool
) -> None:
    first = a_call(clock)
    answers.begin("acme", "me#k", first, now=clock())
    clock.advance(seconds=5 if given_back else 30)
    if given_back:
        answers.give_back("acme", "me#k", now=clock())
    again = a_call(clock)
    assert answers.begin("acme", "me#k", again, now=clock()) == Kept("f", first.begun_at, again.until, mine=True)
    clock.advance(seconds=1)
    held = answers.begin("acme", "me#k", a_call(clock), now=clock())
    assert (held.until, held.mine) == (again.until, False)


def test_another_call_takes_nothing_over(answers: AnswerStore, clock: ManualClock) -> None:
    first = a_call(clock)
    answers.begin("acme", "me#k", first, now=clock())
    clock.advance(minutes=1)
    assert answers.begin("acme", "me#k", a_call(clock, "another"), now=clock()) == first


def test_one_that_made_nothing_is_forgotten(answers: AnswerStore, clock: ManualClock) -> None:
    answers.begin("acme", "me#k", a_call(clock), now=clock())
    answers.forget("acme", "me#k")
    answers.forget("acme", "me#k")
    assert answers.begin("acme", "me#k", a_call(clock, "another"), now=clock()).mine
