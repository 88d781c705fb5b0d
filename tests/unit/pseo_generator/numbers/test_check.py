"""The check that every number on a page is in its data."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.pseo_generator.brief import brief_of
from functions.pseo_generator.numbers.check import unsupported
from functions.pseo_generator.numbers.evidence import Evidence, evidence_of
from functions.shared.domain.market import MarketEvent, Outcome

EVENT = MarketEvent(
    event_id="1",
    slug="ferry-record",
    title="Ferry record in 2027: which boat?",
    description=(
        "Resolves by June 30, 11:59 PM ET.\n\nA crossing of at least 80 nautical miles counts; COVID-19 rules apply. "
        "The prize is $100k. A cut of 25 basis points does not matter."
    ),
    url="https://polymarket.com/event/ferry-record",
    origin="polymarket",
    captured_at=datetime(2026, 3, 11, 15, 13, tzinfo=UTC),
    start_date=datetime(2025, 7, 11, tzinfo=UTC),
    end_date=datetime(2027, 11, 7, tzinfo=UTC),
    volume=Decimal("799823812.49"),
    volume_24h=Decimal("5669354.22"),
    liquidity=Decimal("43042905.16"),
    comment_count=575,
    exclusive=True,
    outcome_count=4,
    outcomes=(
        Outcome(
            name="Bluefin", probability=Decimal("0.375"), change_month=Decimal("0.006"), volume=Decimal("129642.79")
        ),
        Outcome(name="Nine Tides", probability=Decimal("0.31"), change_week=Decimal("-0.0025")),
        Outcome(name="Heron", probability=Decimal("0.29")),
        Outcome(name="18 to 19 million", probability=Decimal("0.0145")),
    ),
)
EVIDENCE = evidence_of(brief_of(EVENT))


def offending(text: str) -> list[str]:
    return [each.figure for each in unsupported([text], EVIDENCE)]


@pytest.mark.parametrize(
    "text",
    [
        "Bluefin stands at 37.5%.",
        "Bluefin stands at 38%, or 38 percent, or thirty-eight per cent.",
        "thirty-seven point five percent",
        "Volume was $5.7 million, that is $5,669,354 or $5.67M or US$5.67m or 5.7 million dollars.",
        "Volume was $5\u202f669\u202f354, or $5\u00a0669\u00a0354.",
        "In all $799.8 million, $800 million, $0.8 billion.",
        "A month ago it was lower: up 0.6 points over the month.",
        "Bluefin gained 0.6 percentage points.",
        "Nine Tides slipped 0.25 points; a change of 0.25 points.",
        "It ends on 7 November 2027, November 7, 2027, on Nov. 7, on 2027-11-07, 11/07/2027 or in November 2027.",
        "It ends in 2027.",
        "The rules name June 30, 11:59 PM ET, which is June 30, 2027.",
        "At least 80 nautical miles under COVID-19 rules for a $100,000 prize or $100k.",
        "Captured at 15:13 UTC on 11 March 2026.",
        "575 comments",
        "four outcomes are open",
        "The top three hold 97.5%.",
        "Bluefin is #1, Heron third, the gap between the two is 6.5 points.",
        "Nine Tides and 18 to 19 million follow.",
        "A cut of 25 basis points.",
        "Volume in the last 24 hours; the 24-hour volume.",
        "One thing is clear: zero doubt, second to none, at first.",
        "The price lies between 31 and 37.5%, or 31–38%.",
        "ferry record november 7, 2027",
        "7 november 2027 odds, nov. 7 or by june 30, BY NOVEMBER 7",
        "in november 2027, 11 march 2026",
        "all 4 may win, but 80 may be needed",
        "$5.7 Million Traded, Up 0.6 Points, 31 To 37.5%, $5.7m, usd 5.7 million",
    ],
)
def test_a_figure_of_the_data_is_accepted_however_it_is_written(text: str) -> None:
    assert offending(text) == []


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("about 40%", "40%"),
        ("Bluefin stands at 37.4%", "37.4%"),
        ("37.50001 percent", "37.50001 percent"),
        ("forty percent", "40 percent"),
        ("fo\u00adrty percent", "40 percent"),
        ("٤٠٪ odds", "40"),
        ("3\u200b9%", "39%"),
        ("a chance of ４０％", "40%"),
        ("$37.5", "$37.5"),
        ("37.5 points", "37.5 points"),
        ("€5.7 million", "€5.7 million"),
        ("$5.7 billion", "$5.7 billion"),
        ("$5.6 million", "$5.6 million"),
        ("$5,700,000", "$5,700,000"),
        ("Bluefin fell 0.6 points", "0.6 points"),
        ("Bluefin moved -0.6 points", "-0.6 points"),
        ("Nine Tides rose 0.25 points", "0.25 points"),
        ("Bluefin is up 38%", "38%"),
        ("-38%", "-38%"),
        ("0% for the last one", "0%"),
        ("It ends on 8 November 2027.", "8 November 2027"),
        ("It ends on November 7, 2028.", "November 7, 2028"),
        ("in 2029", "2029"),
        ("ferry record november 8, 2027", "november 8, 2027"),
        ("ferry record in november 2028", "november 2028"),
        ("by may 5", "may 5"),
        ("5 may odds", "5 may"),
        ("4 may 2027", "4 may 2027"),
        ("12:00 PM ET", "12:00 PM"),
        ("81 nautical miles", "81"),
        ("576 comments", "576"),
        ("five outcomes are open", "5"),
        ("the top five", "top 5"),
        ("a fifth candidate came fifth", "fifth"),
        ("Heron is #5", "#5"),
        ("more than half", "half"),
        ("twice as likely", "twice"),
        ("3x as likely", "3x"),
        ("two to one odds, 2-1", "2"),
        ("millions of dollars", "millions"),
        ("a third of the volume", "third of"),
        ("one in five", "1"),
        ("COVID-20", "20"),
        ("the G7 and Q3", "G7"),
        ("$99k", "$99k"),
        ("25 hours", "25 hours"),
        ("24 outcomes", "24"),
        ("between 10 and 38%", "10"),
        ("30–38%", "30"),
        ("½ of it", "1"),
        ("三 boats", "3"),
        ("37.5%-ish, but 99%x", "99%"),
    ],
)
def test_a_figure_that_is_not_in_the_data_is_named(text: str, figure: str) -> None:
    assert figure in offending(text)


def test_an_offence_shows_the_words_around_it() -> None:
    (found,) = unsupported(["Most traders now see a 41% chance for the ferry."], EVIDENCE)
    assert str(found) == "“41%” in “Most traders now see a 41% chance for the ferry.”"


def _bare(probability: Decimal) -> MarketEvent:
    outcome = Outcome(name="Yes", probability=probability)
    return EVENT.model_copy(
        update={
            **{"title": "A question", "description": "", "volume": None, "volume_24h": None, "liquidity": None},
            **{"comment_count": None, "outcome_count": 1, "outcomes": (outcome,)},
        }
    )


PROBABILITIES = st.decimals(min_value="0.0005", max_value="0.9995", places=4)
AMOUNTS = st.decimals(min_value="1", max_value="900000000000", places=2)


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@given(PROBABILITIES, st.integers(0, 3), st.sampled_from(["%", " %", " percent", " per cent", "pct"]))
def test_a_probability_is_accepted_at_every_precision(probability: Decimal, places: int, unit: str) -> None:
    shown = _rounded(probability * 100, places)
    assume(shown != 0)
    assert unsupported([f"It stands at {shown}{unit} now"], evidence_of(brief_of(_bare(probability)))) == []


@given(PROBABILITIES, st.integers(0, 3), st.integers(1, 500), st.booleans())
def test_a_probability_off_by_a_digit_is_rejected(probability: Decimal, places: int, digits: int, up: bool) -> None:
    step = Decimal(1).scaleb(-places)
    shown = _rounded(probability * 100, places) + (digits if up else -digits) * step
    evidence = evidence_of(brief_of(_bare(probability)))
    assume(shown > 0)
    assume(abs(shown - probability * 100) > step)  # printed figures round once more
    assert len(unsupported([f"It stands at {shown}% now"], evidence)) == 1


SCALES = st.sampled_from([(1, ""), (1000, "k"), (1000, " thousand"), (10**6, " million"), (10**6, "M"), (10**9, "bn")])


@given(AMOUNTS, SCALES, st.integers(0, 3), st.sampled_from(["$", "US$", "USD "]))
def test_an_amount_is_accepted_in_every_scale(
    amount: Decimal, scale: tuple[int, str], places: int, currency: str
) -> None:
    shown = _rounded(amount / scale[0], places)
    assume(shown != 0)
    event = _bare(Decimal("0.5")).model_copy(update={"volume": amount})
    text = f"It took {currency}{shown:,}{scale[1]} in all"
    assert unsupported([text], evidence_of(brief_of(event))) == []


@given(AMOUNTS, SCALES, st.integers(0, 3), st.integers(2, 500))
def test_an_amount_off_by_more_than_its_last_digit_is_rejected(
    amount: Decimal, scale: tuple[int, str], places: int, digits: int
) -> None:
    shown = _rounded(amount / scale[0], places) + digits * Decimal(1).scaleb(-places)
    event = _bare(Decimal("0.5")).model_copy(update={"volume": amount})
    assert len(unsupported([f"It took ${shown}{scale[1]} in all"], evidence_of(brief_of(event)))) == 1


@given(st.text(max_size=200))
def test_any_text_can_be_checked(text: str) -> None:
    unsupported([text], EVIDENCE)


@given(st.text(alphabet="ab .,:-–%$'/0123456789", max_size=30))
def test_no_text_with_a_digit_outside_the_data_passes(text: str) -> None:
    nothing = Evidence(frozenset(), frozenset(), frozenset(), places=0)
    has_digit = any(character.isdigit() for character in text)
    assert bool(unsupported([text], nothing)) == has_digit
