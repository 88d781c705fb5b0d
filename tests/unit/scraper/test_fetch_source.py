"""One fetch of a source: what is kept, what is counted, what is asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.shared.domain.context.model import SourceHealth, SourceKind
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.model import JobStatus
from tests.support.clock import ManualClock
from tests.support.feed_world import World, counts
from tests.support.scraper_services import an_entry, items_of, source_of


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(clock)


def test_new_entries_become_items_in_the_order_of_the_feed(world: World) -> None:
    result = world.fetch(*(an_entry(str(number)) for number in range(5)))
    assert (result["outcome"], counts(result)) == ("fetched", (5, 0, 0))
    assert world.titles() == [f"Title {number}" for number in range(5)]
    newest = items_of(world.services.items)[0]
    assert (newest.origin, newest.origin_id, newest.url) == ("feed", "source-1", "https://acme.example/0")
    assert newest.first_seen_at == newest.changed_at == world.clock()


def test_dated_entries_are_ordered_by_their_dates(world: World) -> None:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 3, 2)]
    world.fetch(*(an_entry(str(day.day), published_at=day) for day in days))
    assert world.titles() == ["Title 3", "Title 2", "Title 1"]


def test_only_what_is_new_or_changed_is_saved(world: World) -> None:
    world.fetch(an_entry("1"), an_entry("2"))
    before = {item.title: item for item in items_of(world.services.items)}
    assert counts(world.fetch(an_entry("3"), an_entry("2", text="More of it"), an_entry("1"))) == (1, 1, 1)
    after = {item.title: item for item in items_of(world.services.items)}
    assert after["Title 1"] == before["Title 1"]
    assert (after["Title 2"].item_id, after["Title 2"].first_seen_at) == (
        before["Title 2"].item_id,
        before["Title 2"].first_seen_at,
    )
    assert (after["Title 2"].text, after["Title 2"].changed_at) == ("More of it", world.clock())


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (an_entry("1", link="https://acme.example/moved", title="Renamed", text="Rewritten"), (0, 1, 0)),
        (an_entry(None, link="https://acme.example/1", text="Rewritten"), (0, 1, 0)),
        (an_entry("other", link="https://acme.example/1", text="Rewritten"), (0, 1, 0)),
        (an_entry("other", title="Title 1", text="Text 1"), (0, 0, 1)),
        (an_entry(None, link=None, title="Title 1", text="Text 1"), (0, 0, 1)),
        (an_entry("other", title="Title 1"), (1, 0, 0)),
    ],
    ids=["guid", "link-without-guid", "link", "text", "text-alone", "another"],
)
def test_an_entry_is_known_by_its_guid_then_its_link_then_its_text(
    world: World, again: Any, expected: tuple[int, int, int]
) -> None:
    world.fetch(an_entry("1"))
    assert counts(world.fetch(again)) == expected


def test_duplicates_within_a_feed_are_one_item(world: World) -> None:
    same_text = an_entry("3", title="Title 1", text="Text 1")
    same_link = an_entry(None, link="https://acme.example/1", title="Title 1", text="Longer")
    result = world.fetch(an_entry("1"), an_entry("1"), same_text, same_link)
    assert (counts(result), result["unusable"]) == ((1, 0, 0), 3)


def test_entries_beyond_the_newest_500_are_counted(world: World) -> None:
    result = world.fetch(*(an_entry(str(number)) for number in range(510)))
    assert (result["new"], result["held_back"], result["unusable"]) == (200, 300, 10)


@pytest.mark.parametrize("link", ["https://acme.example/", "https://acme.example/changelog"])
def test_entries_that_share_a_link_but_not_a_title_stay_apart(world: World, link: str) -> None:
    first, second = (an_entry(number, link=link) for number in ("1", "2"))
    assert counts(world.fetch(first, second)) == (2, 0, 0)
    assert counts(world.fetch(an_entry("3", link=link), second, first)) == (1, 0, 2)


def test_an_item_keeps_its_identity_when_another_takes_over_its_link(world: World) -> None:
    world.fetch(an_entry("1"))
    moved, newcomer = an_entry("1", link="https://acme.example/archive/1"), an_entry("2", link="https://acme.example/1")
    assert counts(world.fetch(newcomer, moved)) == (1, 0, 1)


def test_a_guid_counts_more_than_a_link_that_was_anothers(world: World) -> None:
    world.fetch(an_entry("1"), an_entry("2"))
    assert counts(world.fetch(an_entry("1", link="https://acme.example/2", text="Moved"))) == (0, 1, 0)
    assert sorted((item.title, item.text) for item in items_of(world.services.items)) == [
        ("Title 1", "Moved"),
        ("Title 2", "Text 2"),
    ]


def test_a_link_to_the_front_page_tells_no_entry_from_the_next(world: World) -> None:
    world.fetch(an_entry("1", link="https://acme.example/"))
    assert counts(world.fetch(an_entry("2", link="https://acme.example/"))) == (1, 0, 0)


def test_a_long_text_is_cut_and_still_known(world: World) -> None:
    entry = an_entry("1", text="long " * 10_000)
    assert counts(world.fetch(entry)) == (1, 0, 0)
    world.web.noise = "another comment in the file"
    assert counts(world.fetch(entry)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("change", "reason"), [({"enabled": False}, "the source is switched off"), (None, "there is no such source")]
)
def test_a_source_that_is_gone_or_switched_off_is_skipped(world: World, change: Any, reason: str) -> None:
    source = source_of(world.services)
    if change:
        world.services.sources.replace(source, source.model_copy(update=change))
    else:
        world.services.sources.delete("acme", "source-1")
    job = world.run(world.job())
    assert job.status is JobStatus.COMPLETED
    assert job.result is not None
    assert job.result["outcome"] == "skipped"
    assert job.result["reason"].startswith(reason)
    assert world.web.asked == []


def test_a_job_of_the_other_kind_is_refused_and_says_what_to_do(world: World) -> None:
    job = world.run(world.job(JobType.SCRAPE_WEBSITE))
    assert (job.status, job.error) == (JobStatus.FAILED, "the source is a feed: read it with SYNC_RSS")
    assert source_of(world.services).failures == 0


@pytest.fixture
def page(clock: ManualClock) -> World:
    world = World(clock)
    source = source_of(world.services)
    world.services.sources.delete("acme", "source-1")
    world.services.sources.add(
        source.model_copy(update={"kind": SourceKind.WEBSITE, "url": "https://acme.example/tea"})
    )
    return world


def test_a_page_is_one_item_that_changes_with_its_text(page: World) -> None:
    assert counts(page.fetch(kind=JobType.SCRAPE_WEBSITE)) == (1, 0, 0)
    (before,) = items_of(page.services.items)
    page.web.noise = "a new advertisement"
    assert counts(page.fetch(kind=JobType.SCRAPE_WEBSITE)) == (0, 0, 1)
    page.web.text = "Coffee is back."
    assert counts(page.fetch(kind=JobType.SCRAPE_WEBSITE)) == (0, 1, 0)
    (after,) = items_of(page.services.items)
    assert (after.item_id, after.first_seen_at) == (before.item_id, before.first_seen_at)
    assert (after.text, after.changed_at) == ("Coffee is back.", page.clock())


def test_a_page_that_robots_txt_forbids_is_not_asked_for(page: World) -> None:
    page.web.forbidden = PermanentError("its robots.txt asks Flywheel not to read this page")
    job = page.run(page.job(JobType.SCRAPE_WEBSITE))
    assert (job.status, job.error) == (JobStatus.FAILED, page.web.forbidden.reason)
    assert page.web.asked == []
    source = source_of(page.services)
    assert source.last_fetch is not None
    assert (source.health, source.last_fetch.reason) == (SourceHealth.FAILING, page.web.forbidden.reason)
