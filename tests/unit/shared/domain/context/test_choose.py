"""Which of an organisation's context is chosen for a subject, and which part of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.shared.domain.context.choose import MAX_EXCERPT_CHARACTERS, choose_context, relevant_context
from functions.shared.domain.context.model import ContextItem
from functions.shared.kernel.errors import TransientError

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
FILLER = "Nothing of interest was said that day, and everybody went home early. " * 30


def an_item(item_id: str, title: str, text: str, *, weeks: float = 0, **changes: Any) -> ContextItem:
    seen = NOW - timedelta(weeks=weeks)
    item = ContextItem(
        org_id="acme",
        item_id=item_id,
        origin="feed",
        origin_id="feed-1",
        title=title,
        text=text,
        url=f"https://acme.example/{item_id}",
        first_seen_at=seen,
        changed_at=seen,
        content_hash=item_id,
        job_id="job-1",
    )
    return item.model_copy(update=changes)


ITEMS = (
    an_item("teas", "Iced teas arrive for summer", "We brew two iced teas in Lisbon. Both are sold in small cafés."),
    an_item("hiring", "We are hiring", "Our team looks for a baker who likes mornings and strong coffee."),
    an_item("cup", "A cup of comfort", "What a good cup of coffee does on a grey day."),
    an_item("curling", "Curling comes to the lakes", "The Lakeland Curling Cup is played on three sheets of ice."),
    an_item("remote", "Working remotely", "Remote work needs written decisions. We write ours down every Friday."),
)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("Will iced tea outsell coffee this summer?", ["teas"]),
        ("How our spring menu brings iced teas to small cafés in Lisbon", ["teas"]),
        ("Lakeland Curling Cup 2027", ["curling"]),
        ("remote work", ["remote"]),
        ("hiring a baker", ["hiring"]),
        ("Will the central bank cut rates?", []),
        ("What will you do about it?", []),
        ("市場が何を言っているか", []),
    ],
)
def test_only_what_the_subject_is_about_is_chosen(topic: str, expected: list[str]) -> None:
    assert [excerpt.item_id for excerpt in choose_context(topic, ITEMS, now=NOW)] == expected


def test_an_excerpt_names_its_item_and_where_it_is_from() -> None:
    (excerpt,) = choose_context("remote work", ITEMS, now=NOW)
    assert excerpt.model_dump() == {
        "item_id": "remote",
        "title": "Working remotely",
        "url": "https://acme.example/remote",
        "origin": "feed",
        "origin_id": "feed-1",
        "text": "Remote work needs written decisions. We write ours down every Friday.",
        "published_at": None,
    }


def test_of_equals_the_newer_comes_first_and_a_title_weighs_more_than_a_text() -> None:
    items = (
        an_item("old", "Tea prices", "The first note on what leaves cost.", weeks=3),
        an_item("new", "Tea prices", "Another look at costs after the harvest."),
        an_item("text", "A note", "Somebody asked for tea prices at the counter."),
    )
    assert [each.item_id for each in choose_context("tea prices", items, now=NOW)] == ["new", "old", "text"]


def test_the_passage_about_the_subject_is_cut_out_at_sentence_borders() -> None:
    item = an_item("long", "Minutes", f"{FILLER}\n{FILLER}Tea prices rose. Milk did not.\n{FILLER}{FILLER}")
    (excerpt,) = choose_context("tea prices", [item], now=NOW)
    assert "Tea prices rose. Milk did not." in excerpt.text
    assert len(excerpt.text) <= MAX_EXCERPT_CHARACTERS
    assert excerpt.text.startswith("Nothing")
    assert excerpt.text.endswith((".", "early"))


def test_a_text_without_any_border_is_cut_all_the_same() -> None:
    for text in ("tea prices" * 1500, "tea prices " * 1500, "." * 10_000 + " tea prices " + "!" * 5_000):
        (excerpt,) = choose_context("tea prices", [an_item("wild", "tea prices", text)], now=NOW)
        assert 0 < len(excerpt.text) <= MAX_EXCERPT_CHARACTERS


def test_nearly_the_same_text_is_used_once_and_room_and_number_are_limited() -> None:
    text = "Tea prices rose again because the harvest was late in the hills of the north."
    copies = [an_item("a", "Tea prices", text), an_item("b", "Tea prices!", text.replace("again", "once more"))]
    assert len(choose_context("tea prices", copies, now=NOW)) == 1
    many = [
        an_item(str(n), "Tea prices", f"Tea prices{' '.join(f' {n}word{i}' for i in range(90))}.") for n in range(9)
    ]
    assert len(choose_context("tea prices", many, now=NOW)) == 4
    assert len(choose_context("tea prices", many, now=NOW, max_characters=2000)) == 2


class _Pages:
    """Hands out items a few at a time, or none because it is out of reach."""

    def __init__(self, *, is_down: bool = False) -> None:
        self.is_down, self.handed_out = is_down, 0

    def newest(
        self, org_id: str, *, origin_id: str | None = None, limit: int = 50, before: str | None = None
    ) -> tuple[list[ContextItem], str | None]:
        if self.is_down:
            raise TransientError("the context cannot be read")
        self.handed_out += min(limit, 90)
        return [ITEMS[4]] * min(limit, 90), "more"

    def origins(self, org_id: str, *, sources: int, documents: int) -> list[str]:
        return ["feed-1"]


def test_a_page_and_the_feeds_entry_that_leads_to_it_are_one() -> None:
    page = an_item("page", "Iced teas arrive for summer", "We brew two iced teas in Lisbon, in small cafés.")
    entry = an_item("entry", "Iced teas", "Summer teas are here, iced.", url=page.url)

    assert [excerpt.item_id for excerpt in choose_context("iced teas for summer", [entry, page], now=NOW)] == ["page"]


def test_the_newest_items_are_read_and_a_store_out_of_reach_is_not_passed_over() -> None:
    pages = _Pages()
    assert relevant_context("acme", "remote work", items=pages, now=NOW)[0].item_id == "remote"  # type: ignore[arg-type]
    assert pages.handed_out == 200
    with pytest.raises(TransientError):
        relevant_context("acme", "remote work", items=_Pages(is_down=True), now=NOW)  # type: ignore[arg-type]
