"""The offline writer's pages: valid, true to the data, readable, and unlike each other."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import combinations

import pytest

from functions.pseo_generator.brief import brief_of
from functions.pseo_generator.judge import judge_for
from functions.pseo_generator.markets.sample import Sample
from functions.shared.domain.figures import percent
from functions.shared.domain.market import MarketEvent
from functions.shared.writing.briefs import PageBrief, PageDraft, PostDraft
from functions.shared.writing.models.port import ImageRequest, TextRequest
from functions.shared.writing.offline.model import OfflineModel
from functions.shared.writing.offline.page import write_page
from tests.support.standins.markets import a_market, odd_markets, yes_or_no
from tests.support.standins.openai_service import NoBrief

_RANKS = re.compile(
    r"favourite|favoured|rival|overtake|ahead|behind (?:“|[A-Z])|lead over|with the rest|the field|most likely|leader"
    r"|most prominently|highest price|the market's answer|answer from the market|, say traders|that money says"
)
_ALLOWED = {"h2", "h3", "p", "ul", "ol", "li", "strong", "em", "table", "thead", "tbody", "tr", "th", "td"}


class Structure(HTMLParser):
    """Collects a page's elements and text, and fails on what is not well-formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@cache
def _page(event: MarketEvent) -> PageDraft:
    brief = brief_of(event)
    request = TextRequest("Write.", brief=brief, draft=PageDraft, check=judge_for(brief))
    return OfflineModel().generate_text(request).require()


def _many() -> Iterator[MarketEvent]:
    yield from (a_market(number, outcomes=2 + number % 9) for number in range(100, 130))
    yield from (yes_or_no(number, f"0.{number}") for number in range(160, 180))


@pytest.mark.parametrize("event", odd_markets(), ids=lambda event: event.event_id)
def test_a_page_is_made_of_any_market(event: MarketEvent) -> None:
    structure = Structure(_page(event).body_html)
    assert set(structure.tags) <= _ALLOWED
    assert structure.tags.count("h2") >= 2


@pytest.mark.parametrize("event", odd_markets(), ids=lambda event: event.event_id)
def test_every_wording_holds_only_figures_of_the_data(event: MarketEvent) -> None:
    """The page generator's own check is passed without its repair, whatever the seed chooses."""
    brief = brief_of(event)
    judge = judge_for(brief)
    assert [problem for seed in range(8) for problem in judge(write_page(brief, seed=str(seed)))] == []


def test_many_pages_pass_the_generators_check() -> None:
    assert all(_page(event).title for event in _many())


def test_text_of_the_data_is_escaped() -> None:
    structures = [
        Structure(_page(a_market(seed, outcomes=9, title="<script>alert(1)</script> & more?")).body_html)
        for seed in range(12)
    ]
    assert not {"script", "b"} & {tag for structure in structures for tag in structure.tags}
    assert any("<b>Bold & Sons</b>" in " ".join(structure.texts) for structure in structures)


def test_sentences_are_whole() -> None:
    """No empty slot, no doubled punctuation, no missing blank, no Python value."""
    for event in (*odd_markets(), *_many()):
        draft = _page(event.model_copy(update={"title": "Which tea wins?", "description": "The best tea wins."}))
        for text in (draft.title, draft.description, *Structure(draft.body_html).texts):
            assert not re.search(r" {2}| [,.;:]|[,;:]\.|\.\.|\(\)|“”|None|\{|\}|Decimal", text), text


def test_paragraphs_end_and_begin_as_sentences_do() -> None:
    for event in _many():
        body = _page(event).body_html
        for text in re.findall(r"<p>(.*?)</p>", body):
            assert text[-1] in ".:?!”", text
            assert not text[0].islower(), text


def test_the_same_event_gives_the_same_page() -> None:
    brief = brief_of(a_market(5))
    assert write_page(brief, seed="1") == write_page(brief, seed="1") != write_page(brief, seed="2")


def test_pages_differ_in_build() -> None:
    openings, orders = set(), set()
    for event in _many():
        structure = Structure(_page(event).body_html)
        openings.add(tuple(structure.tags[:4]))
        orders.add(tuple(tag for tag in structure.tags if tag in ("h2", "table", "ul", "ol")))
    assert len(openings) >= 5
    assert len(orders) >= 20


def test_pages_differ_in_wording() -> None:
    """Of the sentences of two pages about markets of the same kind, most are not shared."""
    pages = [_sentences(_page(event)) for event in _many()]
    shares = sorted(len(one & other) / min(len(one), len(other)) for one, other in combinations(pages, 2))
    assert shares[len(shares) // 2] < 0.35
    assert shares[-1] < 0.8


def _sentences(draft: PageDraft) -> set[str]:
    text = " ".join(Structure(draft.body_html).texts)
    return {sentence.strip() for sentence in re.split(r"(?<=[.?!:])\s", text) if len(sentence) > 20}


def test_titles_say_which_market_and_what_it_says() -> None:
    titles = [_page(event).title for event in _many()]
    assert len(set(titles)) == len(titles)
    for event, title in zip(_many(), titles, strict=True):
        assert event.title in title
        assert len(title) > len(event.title)


def test_nothing_urges_to_bet() -> None:
    for event in _many():
        text = " ".join(Structure(_page(event).body_html).texts).lower()
        assert not re.search(r"\b(you should|don't miss|hurry|guaranteed|buy now|place a bet|sure thing)\b", text)


def test_outcomes_that_may_all_come_true_are_not_ranked() -> None:
    for number in range(20):
        event = a_market(number, outcomes=2 + number % 5, exclusive=None)
        draft = write_page(brief_of(event), seed=str(number))
        text = " ".join((draft.title, draft.description, draft.image_prompt, *Structure(draft.body_html).texts))
        assert not re.search(_RANKS, text), text


@pytest.mark.parametrize("event", Sample().trending(100).events, ids=lambda event: event.slug)
def test_no_text_about_the_sample_names_a_leader_where_none_is(event: MarketEvent) -> None:
    """Neither on the page nor on its card, whatever the seed: the captured event misses most of its markets."""
    brief = brief_of(event)
    card = OfflineModel().generate_image(ImageRequest("Paint.", brief=brief)).require().data.decode()
    assert event.exclusive or not re.search(_RANKS, card)
    assert event.exclusive or 'fill-opacity="0.55"' not in card
    for seed in map(str, range(20)):
        draft = write_page(brief, seed=seed)
        texts = [draft.title, draft.description, *draft.keywords, draft.image_prompt, *Structure(draft.body_html).texts]
        if not event.exclusive:
            assert not [text for text in texts if re.search(_RANKS, text)]
            assert not any(outcome.name in draft.title for outcome in event.outcomes)


@pytest.mark.parametrize("event", Sample().trending(100).events, ids=lambda event: event.slug)
def test_a_body_does_not_repeat_the_table_above_it(event: MarketEvent) -> None:
    """It holds no table, and no list of the probabilities or the weekly changes that stand in it."""
    shown = {percent(outcome.probability) for outcome in event.outcomes if outcome.probability is not None}
    for seed in map(str, range(20)):
        body = write_page(brief_of(event), seed=seed).body_html
        assert "<table" not in body
        for block in re.findall(r"<(?:ul|ol)>.*?</(?:ul|ol)>", body, re.DOTALL):
            lines = re.findall(r"<li>(.*?)</li>", block)
            assert not [line for line in lines if "last week" in line]
            assert not [line for line in lines if line.rpartition(": ")[2] in shown]


def test_a_turn_is_told_as_such() -> None:
    """The latest change against the longer one is called that; otherwise nobody says so."""
    for number in range(30):
        event = a_market(number, outcomes=3)
        changes = [getattr(event.outcomes[0], f"change_{period}") for period in ("day", "week", "month")]
        text = write_page(brief_of(event), seed=str(number)).body_html
        if "latest move runs against" in text or "Short and long view disagree" in text:
            assert changes[0] * changes[2] < 0
        if "same at every distance" in text or "Short and long view agree" in text:
            assert len({change > 0 for change in changes}) == 1


def test_a_market_without_prices_is_told_as_such() -> None:
    unpriced = next(event for event in odd_markets() if all(each.probability is None for each in event.outcomes))
    assert "no outcome had a price" in _page(unpriced).body_html


def test_a_rejected_page_is_worded_anew() -> None:
    brief = PageBrief(event=a_market(1), facts={})
    seen: list[PageDraft] = []

    def check(draft: PageDraft) -> list[str]:
        seen.append(draft)
        return ["write it differently"] if len(seen) == 1 else []

    response = OfflineModel().generate_text(TextRequest("Write.", brief=brief, draft=PageDraft, check=check))
    assert response.success
    assert seen[0] != seen[1]


def test_an_unknown_brief_is_an_error() -> None:
    response = OfflineModel().generate_text(TextRequest("Write.", brief=NoBrief(), draft=PostDraft))
    assert "NoBrief" in str(response.error)
