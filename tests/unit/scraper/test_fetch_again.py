"""A source fetched again: unchanged, by a second run of its job, after its items were deleted or are old."""

from typing import Any

import pytest

from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.model import JobStatus
from tests.support.clock import ManualClock
from tests.support.feed_world import World, counts
from tests.support.scraper_services import an_entry, items_of, source_of


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(clock)


def test_an_unmodified_source_is_neither_read_nor_parsed(world: World) -> None:
    world.web.etag = '"1"'
    world.fetch(an_entry("1"))
    result = world.fetch()
    assert (result["outcome"], counts(result)) == ("unchanged", (0, 0, 0))
    assert (world.web.asked, world.web.parsed) == ([None, '"1"'], 1)
    assert source_of(world.services).etag == '"1"'


def test_the_same_bytes_again_are_not_parsed_though_the_source_has_no_etag(world: World) -> None:
    world.fetch(an_entry("1"))
    assert world.fetch()["outcome"] == "unchanged"
    assert world.web.parsed == 1


def test_other_bytes_that_say_the_same_are_unchanged(world: World) -> None:
    world.fetch(an_entry("1"))
    world.web.noise = "served by node 7"
    result = world.fetch()
    assert (result["outcome"], counts(result)) == ("unchanged", (0, 0, 1))


def test_an_etag_is_only_remembered_once_the_items_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.web.etag, world.web.entries = '"1"', [an_entry("1")]
    with monkeypatch.context() as broken:
        broken.setattr(world.services.items, "save", _refuse)
        job = world.run(world.job())
    assert (job.status, source_of(world.services).etag) == (JobStatus.QUEUED, None)
    world.clock.advance(minutes=1)
    assert world.run(job).result == {
        "source_id": "source-1",
        "outcome": "fetched",
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "unusable": 0,
        "held_back": 0,
    }


def test_a_second_run_after_the_items_were_kept_counts_them_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fetch(an_entry("1"))
    world.clock.advance(hours=1)
    world.web.entries = [an_entry("2"), an_entry("1", text="More")]
    with monkeypatch.context() as broken:
        broken.setattr(world.services.sources, "replace", _refuse)
        job = world.run(world.job())
    before = items_of(world.services.items)
    world.clock.advance(minutes=1)
    result = world.run(job).result
    assert result is not None
    assert counts(dict(result)) == (1, 1, 0)
    assert items_of(world.services.items) == before


def test_a_second_run_after_the_outcome_was_recorded_asks_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.web.entries = [an_entry("1")]
    job = world.job()
    with monkeypatch.context() as broken:
        broken.setattr("functions.scraper.fetch_source._answer", _refuse)
        job = world.run(job)
    world.clock.advance(minutes=1)
    result = world.run(job).result
    assert result is not None
    assert (counts(dict(result)), len(world.web.asked)) == ((1, 0, 0), 1)


def test_what_another_job_saw_at_the_same_moment_is_kept_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.web.entries = [an_entry("1"), an_entry("2")]
    world.fetch()
    with monkeypatch.context() as blind:
        blind.setattr(world.services.items, "known", lambda *_: {})
        world.web.noise = "as seen by the other job"
        assert counts(world.fetch()) == (0, 0, 2)
    assert len(world.titles()) == 2


def test_a_deleted_item_stays_away_until_its_source_changes_it(world: World) -> None:
    world.fetch(an_entry("1"))
    (item,) = items_of(world.services.items)
    world.services.items.delete("acme", item.item_id)
    world.fetch(an_entry("1"), an_entry("2"))
    assert world.titles() == ["Title 2"]
    assert counts(world.fetch(an_entry("1", text="Corrected"), an_entry("2"))) == (0, 1, 1)


def test_items_of_an_unchanged_source_do_not_expire(world: World) -> None:
    world.web.etag = '"1"'
    world.fetch(an_entry("1"))
    before = items_of(world.services.items)
    for _ in range(10):
        world.clock.advance(days=100)
        world.fetch()
    assert items_of(world.services.items) == before
    assert world.web.asked.count(None) < 8


def test_items_last_seen_a_little_before_half_their_time_do_not_expire(world: World) -> None:
    world.web.etag = '"1"'
    world.fetch(an_entry("1"))
    (before,) = items_of(world.services.items)
    world.clock.advance(days=180)
    world.web.etag = '"2"'
    world.fetch(an_entry("1"), an_entry("2"))
    for _ in range(2):
        world.clock.advance(days=180)
        assert counts(world.fetch()) in ((0, 0, 0), (0, 0, 2))
    assert before in items_of(world.services.items)


def test_a_deleted_item_of_a_source_that_does_not_change_stays_away_for_good(world: World) -> None:
    world.fetch(an_entry("1"))
    world.services.items.delete("acme", items_of(world.services.items)[0].item_id)
    for _ in range(10):
        world.clock.advance(days=100)
        assert counts(world.fetch())[0] == 0
    assert items_of(world.services.items) == []


def _refuse(*_: Any, **__: Any) -> Any:
    raise TransientError("the store is out of reach")
