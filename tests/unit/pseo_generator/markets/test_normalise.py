"""From Gamma's event to ours."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.pseo_generator.markets.normalise import UnusableEvent, normalise
from functions.pseo_generator.markets.sample import Sample
from functions.shared.domain.market import MarketEvent
from tests.support.standins.polymarket import sample_events

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
EVENTS = {event["slug"]: event for event in sample_events()}


def an_event(base: str = "lakeland-curling-cup-2027", **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(EVENTS[base]), **changes}


def read(raw: Any) -> MarketEvent:
    return normalise(raw, origin="polymarket", url="https://polymarket.com/event/x", captured_at=NOW)


def _market(**changes: Any) -> dict[str, Any]:
    market = {
        "question": "Will it rain?",
        "outcomes": '["Yes", "No"]',
        "outcomePrices": '["0.375", "0.625"]',
        "active": True,
        "closed": False,
    }
    return market | changes


def test_the_captured_event_keeps_its_true_figures() -> None:
    event = read(an_event("democratic-presidential-nominee-2028"))
    assert event.volume_24h == Decimal("5669354.22")
    assert event.comment_count == 575
    assert event.end_date == datetime(2028, 11, 7, tzinfo=UTC)
    first, second = event.outcomes
    assert (first.name, first.probability) == ("Gretchen Whitmer", Decimal("0.0145"))
    assert (second.name, second.change_month) == ("Stephen A. Smith", Decimal("0.006"))
    assert (second.best_bid, second.best_ask, second.volume) == (
        Decimal("0.01"),
        Decimal("0.011"),
        Decimal("12232699.62"),
    )
    assert first.change_day is None


def test_outcomes_that_hold_a_part_of_the_probability_are_not_called_exclusive() -> None:
    assert read(an_event("democratic-presidential-nominee-2028")).exclusive is None
    assert read(an_event()).exclusive is True
    assert read(an_event("kestrel-4-satellite-in-orbit-by")).exclusive is None


def test_the_outcomes_of_several_markets_are_named_by_group_and_sorted_by_probability() -> None:
    event = read(an_event())
    assert [outcome.name for outcome in event.outcomes[:3]] == [
        "Gull Point Stones",
        "Alder City Sliders",
        "Eastmark Hogline",
    ]
    assert "Hollowfield Hammers" not in {outcome.name for outcome in event.outcomes}  # its market is closed


def test_the_outcomes_of_one_market_are_its_own() -> None:
    event = read(an_event("lake-league-final-rovers-alder-city-2027"))
    assert [(outcome.name, outcome.probability) for outcome in event.outcomes] == [
        ("Northmere Rovers", Decimal("0.565")),
        ("Alder City", Decimal("0.435")),
    ]


def test_a_group_market_without_yes_names_the_outcome_whose_price_it_is() -> None:
    markets = [_market(groupItemTitle="Total 2.5", outcomes='["Over", "Under"]'), _market(groupItemTitle="Draw")]
    assert {outcome.name for outcome in read(an_event(markets=markets)).outcomes} == {"Total 2.5: Over", "Draw"}


def test_yes_is_found_wherever_it_stands() -> None:
    markets = [_market(groupItemTitle="A", outcomes='["No", "Yes"]'), _market(groupItemTitle="B")]
    prices = {outcome.name: outcome.probability for outcome in read(an_event(markets=markets)).outcomes}
    assert prices == {"A": Decimal("0.625"), "B": Decimal("0.375")}


def test_the_most_probable_are_kept_and_all_are_counted() -> None:
    markets = [
        _market(groupItemTitle=f"Team {n}", outcomePrices=json.dumps([f"0.0{n:02}", "0.9"])) for n in range(1, 31)
    ]
    event = read(an_event(markets=markets))
    assert (event.outcome_count, len(event.outcomes)) == (30, 12)
    assert event.outcomes[0].name == "Team 30"


@pytest.mark.parametrize(
    "prices", ['["0", "0"]', "[]", "not json", None, '["0.5"]', '["nan", "inf"]', 12, '["2", "-1"]']
)
def test_prices_that_make_no_sense_are_none_and_come_last(prices: Any) -> None:
    markets = [_market(groupItemTitle="A", outcomePrices=prices), _market(groupItemTitle="B")]
    event = read(an_event(markets=markets))
    assert [(outcome.name, outcome.probability) for outcome in event.outcomes] == [("B", Decimal("0.375")), ("A", None)]


def test_a_price_of_34_digits_is_kept_at_six() -> None:
    prices = json.dumps(["0.3333333333333333333333333333333333", "0.6666666666666666666666666666666667"])
    event = read(an_event(markets=[_market(outcomePrices=prices)]))
    assert {outcome.probability for outcome in event.outcomes} == {Decimal("0.333333"), Decimal("0.666667")}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-12-17T23:59:00Z", datetime(2027, 12, 17, 23, 59, tzinfo=UTC)),
        ("2027-12-17 23:59:00+00", datetime(2027, 12, 17, 23, 59, tzinfo=UTC)),
        ("2027-12-17", datetime(2027, 12, 17, tzinfo=UTC)),
        ("soon", None),
        ("0001-01-01T00:00:00+14:00", None),
        (17, None),
    ],
)
def test_dates_are_read_in_every_spelling_or_not_at_all(text: Any, moment: datetime | None) -> None:
    assert read(an_event(endDate=text)).end_date == moment


def test_figures_that_are_missing_or_make_no_sense_are_none() -> None:
    event = read(
        an_event(volume="x", volume24hr=None, liquidity=-1, commentCount=1.5, volume1wk=True, volume1mo="1e99")
    )
    assert (event.volume, event.volume_24h, event.liquidity, event.comment_count) == (None, None, None, None)
    assert (event.volume_week, event.volume_month) == (None, None)


def test_control_characters_and_long_texts_are_tamed() -> None:
    event = read(an_event(title="Who\u0000 wins\n the\u202e cup?", description="word " * 2000))
    assert event.title == "Who wins the cup?"
    assert len(event.description) <= 4001
    assert event.description.endswith("…")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"closed": True}, "it is closed"),
        ({"archived": True}, "it is closed"),
        ({"slug": None}, "its slug cannot be a file name"),
        ({"slug": "../etc"}, "its slug cannot be a file name"),
        ({"slug": "index"}, "its slug cannot be a file name"),
        ({"title": "  "}, "it has no title"),
        ({"id": None}, "it has no id"),
        ({"markets": None}, "it has no markets"),
        ({"markets": []}, "it has no markets"),
        ({"markets": [None]}, "all its markets are closed"),
        ({"markets": [_market(closed=True)]}, "all its markets are closed"),
        ({"markets": [_market(active=False)]}, "all its markets are closed"),
        ({"markets": [_market(umaResolutionStatus="resolved")]}, "all its markets are closed"),
        ({"markets": [_market(outcomes="[]")]}, "its outcomes have no names"),
        ({"markets": [_market(outcomePrices='["0", "0"]')]}, "no outcome has a price"),
    ],
)
def test_an_event_no_page_can_be_made_of_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnusableEvent, match=reason):
        read(an_event(**changes))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(EVENTS["lakeland-curling-cup-2027"])), JSON)
def test_whatever_a_field_holds_the_event_is_read_or_refused(field: str, value: Any) -> None:
    try:
        event = read(an_event(**{field: value}))
    except UnusableEvent:
        return
    assert MarketEvent.model_validate_json(event.model_dump_json()) == event


@given(st.sampled_from(sorted(EVENTS["lakeland-curling-cup-2027"]["markets"][0])), JSON)
def test_whatever_a_market_holds_the_event_is_read_or_refused(field: str, value: Any) -> None:
    raw = an_event()
    raw["markets"][0][field] = value
    event = read(raw)
    assert MarketEvent.model_validate_json(event.model_dump_json()) == event


def test_the_sample_has_a_dozen_events_marked_as_sample() -> None:
    trending = Sample().trending(100)
    assert len(trending.events) >= 12
    assert {event.origin for event in trending.events} == {"sample"}
    assert [each.reason for each in trending.unusable] == ["all its markets are closed"]
