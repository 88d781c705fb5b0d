"""The offline writer's pictures."""

from xml.etree import ElementTree

import pytest

from functions.shared.domain.market import MarketEvent
from functions.shared.domain.network import Network
from functions.shared.writing.briefs import PageBrief, PostBrief
from functions.shared.writing.models.port import ImageRequest
from functions.shared.writing.offline.model import OfflineModel
from functions.shared.writing.offline.wrap import wrapped
from tests.support.standins.markets import a_market, bare, odd_markets
from tests.support.standins.openai_service import NoBrief

_SVG = "{http://www.w3.org/2000/svg}"


def _card(brief: PageBrief | PostBrief, **size: int) -> ElementTree.Element:
    image = OfflineModel().generate_image(ImageRequest("Paint it.", brief=brief, **size)).require()
    assert image.media_type == "image/svg+xml"
    return ElementTree.fromstring(image.data)  # noqa: S314  our own output


def _texts(card: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in card.iter(f"{_SVG}text")]


@pytest.mark.parametrize("event", odd_markets(), ids=lambda event: event.event_id)
def test_a_card_is_drawn_of_any_market(event: MarketEvent) -> None:
    card = _card(PageBrief(event=event, facts={}))
    assert (card.get("width"), card.get("height")) == ("1200", "630")
    assert card.findtext(f"{_SVG}title") == event.title


def test_a_card_shows_the_leading_outcomes_with_their_probabilities() -> None:
    event = a_market(3, outcomes=9)
    texts = _texts(_card(PageBrief(event=event, facts={})))
    assert [text for text in texts if text.endswith("%")] == sorted(
        (text for text in texts if text.endswith("%")), key=lambda text: -float(text.rstrip("%"))
    )
    assert sum(text.endswith("%") for text in texts) == 4
    assert event.outcomes[0].name in texts


def test_everything_stays_within_the_picture() -> None:
    for event in odd_markets():
        for text in _card(PageBrief(event=event, facts={})).iter(f"{_SVG}text"):
            assert 0 < float(text.get("x", 0)) < 1200
            assert 0 < float(text.get("y", 0)) < 630


def test_text_that_looks_like_markup_stays_text() -> None:
    topic = "</text><script>alert(1)</script> & \x00 tea"
    card = _card(PostBrief(network=Network.TWITTER, topic=topic, max_length=280))
    assert not list(card.iter(f"{_SVG}script"))
    assert "".join(_texts(card)).replace(" ", "") == "</text><script>alert(1)</script>&tea"


def test_sample_data_is_called_that() -> None:
    assert "Sample data of 22 November 2026" in _texts(_card(PageBrief(event=bare(1), facts={})))[-1]


def test_a_card_takes_the_size_asked_for() -> None:
    brief = PostBrief(network=Network.TWITTER, topic="tea", max_length=280)
    card = _card(brief, width=600, height=315)
    assert (card.get("width"), card.get("viewBox")) == ("600", "0 0 1200 630")


def test_an_unknown_brief_is_an_error() -> None:
    assert "NoBrief" in str(OfflineModel().generate_image(ImageRequest("Paint.", brief=NoBrief())).error)


@pytest.mark.parametrize("text", ["tea", "word " * 80, "x" * 500, "市場" * 200, ""])
def test_long_titles_are_wrapped_and_at_last_shortened(text: str) -> None:
    lines, size = wrapped(text, width=1000, sizes=(60, 40), most=3)
    assert len(lines) <= 3
    assert size in (60, 40)
    assert all(len(line) * size * 0.56 <= 1000 or not line.isascii() for line in lines)
