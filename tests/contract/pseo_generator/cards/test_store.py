"""One suite over the cards of pages, in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.pseo_generator.cards.dynamodb import DynamoCards
from functions.pseo_generator.cards.memory import MemoryCards
from functions.pseo_generator.cards.model import Card, CardEvent
from functions.pseo_generator.cards.store import CardStore
from functions.shared.kernel.clock import derived_id
from tests.support.aws import make_tables

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def cards(request: pytest.FixtureRequest) -> Iterator[CardStore]:
    if request.param == "memory":
        yield MemoryCards()
        return
    with mock_aws():
        make_tables()
        yield DynamoCards("content_metadata", partial(boto3.client, "dynamodb"))


def a_card(number: int, *, at: datetime = NOVEMBER, org_id: str = "acme") -> Card:
    at += timedelta(minutes=number)
    return Card(
        org_id=org_id,
        content_id=derived_id(at, "page", org_id, str(number)),
        slug=f"page-{number}",
        url=f"https://site.example/{org_id}/page-{number}.html",
        title=f"Page {number}",
        description="Tea or coffee?",
        created_at=at,
        updated_at=at,
        event=CardEvent(title="Tea", origin="polymarket", captured_at=at),
        indexable=True,
    )


def test_the_newest_come_first_and_as_many_as_asked_for(cards: CardStore) -> None:
    made = [a_card(number, at=NOVEMBER + timedelta(days=10 * number)) for number in range(8)]
    for card in made:
        cards.put(card)
    assert cards.newest("acme", limit=3) == made[:-4:-1]
    assert cards.newest("acme", limit=100) == made[::-1]
    assert cards.newest("rival", limit=3) == []


def test_a_month_has_its_pages_and_no_others(cards: CardStore) -> None:
    for days in (0, 29, 30, 61):
        cards.put(a_card(days, at=NOVEMBER + timedelta(days=days)))
    assert [card.slug for card in cards.of_month("acme", "2026-11")] == ["page-29", "page-0"]
    assert [card.slug for card in cards.of_month("acme", "2026-12")] == ["page-30"]
    assert cards.of_month("acme", "2027-02") == []
    assert cards.months("acme") == ["2027-01", "2026-12", "2026-11"]


def test_a_page_that_is_written_again_keeps_its_place(cards: CardStore) -> None:
    first, second = a_card(1), a_card(2)
    for card in (first, second):
        cards.put(card)
    changed = first.model_copy(update={"title": "New", "updated_at": NOVEMBER + timedelta(days=5)})
    cards.put(changed)
    assert cards.newest("acme", limit=9) == [second, changed]


def test_what_is_noted_is_there_and_no_card(cards: CardStore) -> None:
    assert cards.noted("acme", "a thing") is None
    cards.note("acme", "a thing", "one")
    cards.note("acme", "a thing", "two")
    assert (cards.noted("acme", "a thing"), cards.noted("rival", "a thing")) == ("two", None)
    assert cards.newest("acme", limit=9) == []
