import pytest

from functions.shared.domain.context.model import Fetch, Source, SourceHealth
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.domain.context.sources.fetch_job import planned_fetch
from functions.shared.domain.context.sources.memory import MemorySources
from tests.support.api_driver import Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.sources import FEED, BusySources, created, stored


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def test_what_is_left_out_of_a_change_stays(api: Driver, clock: ManualClock) -> None:
    source_id = created(api, name="Tea")
    clock.advance(hours=1)
    before = stored(api, source_id)
    answer = api("PATCH", f"/api/sources/{source_id}", {"name": "Coffee"})
    assert answer.status == 200, answer.text
    assert (answer.json["name"], answer.json["updated_at"]) == ("Coffee", "2026-11-22T06:00:00.000Z")
    changed = {"name": "Coffee", "updated_at": clock(), "version": before.version + 1}
    assert stored(api, source_id) == before.model_copy(update=changed)


def test_another_cron_moves_the_next_fetch(api: Driver, clock: ManualClock) -> None:
    source_id = created(api)
    clock.advance(minutes=1)
    path = f"/api/sources/{source_id}"
    assert api("PATCH", path, {"cron": "0 9 ? * * *"}).json["next_fetch_at"] == "2026-11-22T09:00:00.000Z"
    assert api("PATCH", path, {"timezone": "Asia/Tokyo"}).json["next_fetch_at"] == "2026-11-23T00:00:00.000Z"


def test_a_fetch_that_is_due_stays_due_whatever_the_new_cron(api: Driver, clock: ManualClock) -> None:
    source_id = created(api)
    clock.advance(hours=6)
    assert api("PATCH", f"/api/sources/{source_id}", {"cron": "rate(3 days)"}).status == 200
    assert len(api.sources.due(until=clock(), limit=10)) == 1


def test_a_source_switched_off_is_not_due_and_one_switched_on_is_when_its_cron_says(
    api: Driver, clock: ManualClock
) -> None:
    path = f"/api/sources/{created(api)}"
    off = api("PATCH", path, {"enabled": False}).json
    assert (off["enabled"], off["next_fetch_at"]) == (False, None)
    clock.advance(hours=7)
    assert api("PATCH", path, {"enabled": True}).json["next_fetch_at"] == "2026-11-22T17:00:00.000Z"


def test_a_new_address_is_due_at_once_and_inherits_no_health(api: Driver, clock: ManualClock) -> None:
    source = stored(api, created(api))
    known = {
        "health": SourceHealth.UNHEALTHY,
        "failures": 7,
        "failing_since": clock(),
        "last_fetch": Fetch(at=clock(), attempt="job/1", outcome="failed"),
        "last_success_at": clock(),
        "etag": '"1"',
        "last_modified": "yesterday",
        "content_hash": "abc",
        "read_at": clock(),
    }
    api.sources.replace(source, source.model_copy(update=known))
    clock.advance(minutes=1)
    assert api("PATCH", f"/api/sources/{source.source_id}", {"url": "https://tea.example/atom.xml"}).status == 200
    after = stored(api, source.source_id)
    fresh = stored(api, created(api))
    own = {"source_id", "url", "next_fetch_at", "last_job_id", "created_at", "updated_at", "version"}
    assert after.model_dump(exclude=own) == fresh.model_dump(exclude=own)
    assert (after.last_job_id, after.created_at) == (None, source.created_at)
    assert len(api.sources.due(until=clock(), limit=10)) == 1


def test_a_source_that_moves_as_soon_as_it_is_made_is_fetched_at_its_new_address(
    api: Driver, clock: ManualClock
) -> None:
    source_id = created(api)
    clock.advance(milliseconds=300)
    assert api("PATCH", f"/api/sources/{source_id}", {"url": "https://tea.example/atom.xml"}).status == 200
    moved = stored(api, source_id)
    assert moved.next_fetch_at is not None
    assert planned_fetch(moved, moved.next_fetch_at).job_id not in {job_id for _, job_id in api.jobs.jobs}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": None}, "url"),
        ({"name": None}, "name"),
        ({"cron": None}, "cron"),
        ({"enabled": None}, "enabled"),
        ({"cron": "rate(1 minute)"}, "cron"),
        ({"cron": "0 9 1 1 ? 2025"}, "cron"),
        ({"kind": "website"}, "kind"),
        ({"health": "healthy"}, "health"),
    ],
)
def test_a_bad_change_changes_nothing(api: Driver, body: dict[str, object], name: str) -> None:
    source_id = created(api)
    before = stored(api, source_id)
    answer = api("PATCH", f"/api/sources/{source_id}", body)
    assert (answer.status, answer.fields) == (422, [name]), answer.text
    assert stored(api, source_id) == before


def test_a_source_cannot_move_to_anothers_address(api: Driver) -> None:
    first, second = created(api), created(api, url="https://tea.example/atom.xml")
    answer = api("PATCH", f"/api/sources/{second}", {"url": FEED["url"]})
    assert (answer.status, first in answer.json["detail"]) == (409, True)
    assert api("PATCH", f"/api/sources/{first}", {"url": FEED["url"]}).status == 200


def test_a_change_that_meets_a_fetch_keeps_what_both_wrote(clock: ManualClock) -> None:
    sources = BusySources()
    api = make_driver(clock, sources=sources)
    source_id = created(api)

    def fetched() -> None:
        source = sources.stored["acme", source_id]
        sources.replace(source, source.model_copy(update={"health": SourceHealth.HEALTHY, "etag": '"2"'}))

    sources.before_replace = [fetched]
    assert api("PATCH", f"/api/sources/{source_id}", {"name": "Tea"}).status == 200
    after = stored(api, source_id)
    assert (after.name, after.health, after.etag) == ("Tea", SourceHealth.HEALTHY, '"2"')


class ContendedSources(MemorySources):
    """Somebody else always is first."""

    def replace(self, before: Source, after: Source) -> Source:
        raise Overtaken


def test_a_source_that_keeps_changing_is_unavailable_rather_than_an_error(clock: ManualClock) -> None:
    api = make_driver(clock, sources=ContendedSources())
    assert api("PATCH", f"/api/sources/{created(api)}", {"name": "Tea"}).status == 503
