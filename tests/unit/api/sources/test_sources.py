from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.domain.context.model import Fetch, SourceHealth
from functions.shared.domain.context.sources.fetch_job import planned_fetch
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.admit import plan
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, Priority
from functions.shared.kernel.outbound import sources_bounds
from tests.support.api_driver import RIVAL, Driver, log_lines, make_driver
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.sources import FEED, BusySources, a_source, created, stored

PAGE = {"kind": "website", "url": "https://tea.example/blog"}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def jobs(api: Driver) -> list[Job]:
    return list(api.jobs.jobs.values())


def test_a_source_is_stored_and_its_first_fetch_begins_at_once(api: Driver) -> None:
    answer = api("POST", "/api/sources", {**FEED, "name": "Tea", "cron": "0 9 ? * * *", "timezone": "Europe/Berlin"})
    source_id = answer.json["source_id"]
    (job,) = jobs(api)
    assert answer.status == 201
    assert answer.headers["Location"] == f"https://api.example/api/sources/{source_id}"
    assert answer.json == {
        "source_id": source_id,
        "kind": "feed",
        "name": "Tea",
        "url": "https://tea.example/feed.xml",
        "cron": "cron(0 9 ? * * *)",
        "timezone": "Europe/Berlin",
        "enabled": True,
        "created_at": "2026-11-22T05:00:00.000Z",
        "updated_at": "2026-11-22T05:00:00.000Z",
        "health": "new",
        "failures": 0,
        "failing_since": None,
        "last_fetch": None,
        "last_success_at": None,
        "next_fetch_at": "2026-11-22T08:00:00.000Z",
        "last_job_id": job.job_id,
    }
    assert (job.type, job.payload, job.quiet, job.slot) == ("SYNC_RSS", {"source_id": source_id}, True, None)
    assert [(lane, sent.job_id) for lane, sent, *_ in api.sent.sent] == [("scraping", job.job_id)]
    assert api("GET", f"/api/sources/{source_id}").json == answer.json
    assert api("GET", "/api/sources").json == {"items": [answer.json], "next_cursor": None}


def test_what_is_left_out_gets_the_hosts_name_and_six_hours(api: Driver) -> None:
    shown = api("GET", f"/api/sources/{created(api, kind='website')}").json
    assert (shown["name"], shown["cron"], shown["timezone"]) == ("tea.example", "rate(6 hours)", "UTC")
    assert shown["next_fetch_at"] == "2026-11-22T11:00:00.000Z"
    assert jobs(api)[0].type == "SCRAPE_WEBSITE"


def test_a_source_that_is_switched_off_is_not_fetched(api: Driver) -> None:
    assert stored(api, created(api, enabled=False)).next_fetch_at is None
    assert not jobs(api)


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"kind": "podcast"}, "kind", "'website' or 'feed'"),
        ({"url": "ftp://tea.example/feed"}, "url", "http:// or https://"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url", "private network"),
        ({"url": "http://localhost:8000/feed"}, "url", "this machine"),
        ({"url": "https://user:pass@tea.example/feed"}, "url", "user name or a password"),
        ({"url": "https://"}, "url", "complete web address"),
        ({"url": "http://[::"}, "url", "complete web address"),
        ({"url": "https://tea.example/\nfeed"}, "url", "line breaks"),
        ({"url": "https://tea.example/" + "x" * 2000}, "url", "at most 2000 characters"),
        ({"url": ""}, "url", "at least 1 character"),
        ({"url": 5}, "url", "string"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"name": "x" * 101}, "name", "at most 100 characters"),
        ({"cron": "rate(14 minutes)"}, "cron", "every 15 minutes"),
        ({"cron": "*/10 * * * ? *"}, "cron", "every 15 minutes"),
        ({"cron": "0,50 * * * ? *"}, "cron", "every 15 minutes"),
        ({"cron": "*/5 * * * *"}, "cron", "has 5 fields, as in Unix"),
        ({"cron": "0 9 1 1 ? 2025"}, "cron", "never comes"),
        ({"cron": "0 9 1 1 ? 2025", "enabled": False}, "cron", "never comes"),
        ({"timezone": "Europe/Berln"}, "timezone", "did you mean `Europe/Berlin`"),
        ({"enabled": "maybe"}, "enabled", "boolean"),
        ({"every": "day"}, "every", "is not a field"),
    ],
)
def test_a_bad_field_is_named_with_the_fix_and_nothing_is_stored(
    api: Driver, changes: dict[str, object], name: str, says: str
) -> None:
    answer = api("POST", "/api/sources", {**FEED, **changes})
    assert (answer.status, answer.fields) == (422, [name]), answer.text
    assert says in answer.json["errors"][0]["message"]
    assert not api.sources.stored
    assert not jobs(api)


def test_a_host_of_this_machine_is_a_source_only_where_the_deployment_names_it(clock: ManualClock) -> None:
    api = make_driver(clock, sources_bounds=sources_bounds(frozenset({"127.0.0.1"})))
    created(api, url="http://127.0.0.1:8000/feed.xml")
    assert api("POST", "/api/sources", {**FEED, "url": "http://localhost:8000/feed.xml"}).fields == ["url"]


@pytest.mark.parametrize(
    "spelling",
    ["https://tea.example/feed.xml", "HTTPS://Tea.Example:443/feed.xml", "https://tea.example/feed.xml#newest"],
)
def test_the_same_address_is_not_taken_twice_for_one_kind(api: Driver, spelling: str) -> None:
    first = created(api)
    again = api("POST", "/api/sources", {**FEED, "url": spelling})
    assert (again.status, again.json["type"]) == (409, "urn:flywheel:problem:state-forbids")
    assert first in again.json["detail"]
    created(api, kind="website")
    created(api, url="https://tea.example/feed.xml?page=2")
    assert api("POST", "/api/sources", FEED, claims=RIVAL).status == 201


def test_the_hundred_and_first_source_is_refused_until_one_is_deleted(api: Driver) -> None:
    first = created(api)
    like_it = stored(api, first)
    for number in range(99):
        api.sources.add(like_it.model_copy(update={"source_id": f"s{number}", "url": f"https://tea.example/{number}"}))
    over = api("POST", "/api/sources", PAGE)
    assert over.status == 409
    assert "100 sources" in over.json["detail"]
    assert api("DELETE", f"/api/sources/{first}").status == 204
    assert api("POST", "/api/sources", PAGE).status == 201


def test_a_double_click_makes_one_source(clock: ManualClock) -> None:
    sources = BusySources()
    api = make_driver(clock, sources=sources)
    other = Driver(api.services)
    answers = []
    sources.before_add = [lambda: answers.append(other("POST", "/api/sources", FEED))]
    answers.append(api("POST", "/api/sources", FEED))
    assert [answer.status for answer in answers] == [201, 201]
    assert {answer.json["source_id"] for answer in answers} == {source.source_id for source in sources.stored.values()}
    assert len(jobs(api)) == 1


def test_of_two_made_at_once_in_different_seconds_the_older_stays(clock: ManualClock) -> None:
    sources = BusySources()
    api = make_driver(clock, sources=sources)
    older = a_source(clock(), source_id=new_id(clock() - timedelta(seconds=1)), url=FEED["url"])
    sources.before_add = [lambda: sources.stored.update({("acme", older.source_id): older})]
    answer = api("POST", "/api/sources", FEED)
    assert (answer.status, older.source_id in answer.json["detail"]) == (409, True)
    assert list(sources.stored.values()) == [older]
    assert not jobs(api)


class FailingJobs(MemoryJobStore):
    """No job can be admitted."""

    def admit(self, *args: object, **options: object) -> None:
        raise TransientError("storing a job could not be reached: ConnectTimeoutError")


class DyingJobs(MemoryJobStore):
    """The process ends before a job is admitted."""

    def admit(self, *args: object, **options: object) -> None:
        raise KeyboardInterrupt


def test_a_first_fetch_that_cannot_be_planned_is_left_to_the_planner(clock: ManualClock) -> None:
    clock.advance(milliseconds=123)
    api = make_driver(clock, engine=replace(memory_engine(clock=clock), store=FailingJobs()))
    source = stored(api, created(api))
    assert [due.source_id for due in api.sources.due(until=clock(), limit=10)] == [source.source_id]


def test_a_crash_before_the_first_fetch_leaves_it_to_the_planner(clock: ManualClock) -> None:
    api = make_driver(clock, engine=replace(memory_engine(clock=clock), store=DyingJobs()))
    with pytest.raises(KeyboardInterrupt):
        api("POST", "/api/sources", FEED)
    assert len(api.sources.due(until=clock(), limit=10)) == 1


def test_a_planner_that_is_quicker_plans_the_same_job(clock: ManualClock) -> None:
    clock.advance(milliseconds=123)
    sources = BusySources()
    api = make_driver(clock, sources=sources)

    def plan_it_too() -> None:
        (source,) = sources.stored.values()
        assert source.next_fetch_at is not None
        job, is_new = plan(planned_fetch(source, source.next_fetch_at), engine=api.services.engine)
        assert not is_new
        planned = {"next_fetch_at": clock() + timedelta(hours=6), "last_job_id": job.job_id}
        sources.replace(source, source.model_copy(update=planned))

    sources.before_replace = [plan_it_too]
    source = stored(api, created(api))
    assert len(jobs(api)) == 1
    assert source.last_job_id == jobs(api)[0].job_id


def test_a_source_that_fails_says_since_when_and_why(api: Driver, clock: ManualClock) -> None:
    source = stored(api, created(api))
    fetch = Fetch(at=clock(), attempt="job/1", outcome="failed", reason="HTTP 503", unusable=2)
    state = {"health": SourceHealth.UNHEALTHY, "failures": 5, "failing_since": clock(), "last_fetch": fetch}
    api.sources.replace(source, source.model_copy(update=state))
    shown = api("GET", f"/api/sources/{source.source_id}").json
    assert (shown["health"], shown["failures"], shown["failing_since"]) == ("unhealthy", 5, "2026-11-22T05:00:00.000Z")
    assert shown["last_fetch"] == {
        "at": "2026-11-22T05:00:00.000Z",
        "outcome": "failed",
        "reason": "HTTP 503",
        "new": 0,
        "changed": 0,
        "unchanged": 0,
        "unusable": 2,
        "held_back": 0,
    }


def test_a_list_goes_on_with_its_cursor(api: Driver, clock: ManualClock) -> None:
    made = []
    for number in range(3):
        made.append(created(api, url=f"https://tea.example/{number}"))
        clock.advance(seconds=1)
    first = api("GET", "/api/sources", query={"limit": "2"}).json
    second = api("GET", "/api/sources", query={"limit": "2", "cursor": first["next_cursor"]}).json
    assert [item["source_id"] for item in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None
    assert api("GET", "/api/sources", query={"cursor": first["next_cursor"]}, claims=RIVAL).status == 422


def test_another_organisation_neither_sees_nor_touches_a_source(api: Driver) -> None:
    path = f"/api/sources/{created(api)}"
    assert api("GET", "/api/sources", claims=RIVAL).json["items"] == []
    assert api("GET", path, claims=RIVAL).status == 404
    assert api("PATCH", path, {"enabled": False}, claims=RIVAL).status == 404
    assert api("POST", f"{path}/fetch", claims=RIVAL).status == 404
    assert api("DELETE", path, claims=RIVAL).status == 404
    assert api("GET", path).json["enabled"]


@pytest.mark.parametrize("source_id", ["missing", "a b", "%00", "x" * 65])
def test_an_unknown_source_is_not_found(api: Driver, source_id: str) -> None:
    assert api("GET", f"/api/sources/{source_id}").status == 404
    assert api("POST", f"/api/sources/{source_id}/fetch").status == 404


def test_a_deleted_source_is_gone_and_its_jobs_go_on(api: Driver) -> None:
    path = f"/api/sources/{created(api)}"
    assert api("DELETE", path).status == 204
    assert api("GET", path).status == 404
    assert api("DELETE", path).status == 404
    assert [job.status for job in jobs(api)] == ["queued"]


def test_a_fetch_asked_for_is_a_job_of_its_own_at_high_priority(api: Driver) -> None:
    source_id = created(api)
    answer = api("POST", f"/api/sources/{source_id}/fetch", headers={"idempotency-key": "now"})
    job = api.jobs.jobs["acme", answer.json["job_id"]]
    assert (answer.status, answer.headers["Location"]) == (202, f"https://api.example/api/jobs/{job.job_id}")
    assert (job.payload, job.priority, job.quiet) == ({"source_id": source_id}, Priority.HIGH, False)
    again = api("POST", f"/api/sources/{source_id}/fetch", headers={"idempotency-key": "now"})
    assert again.json["job_id"] == job.job_id
    other = created(api, url="https://tea.example/other")
    assert api("POST", f"/api/sources/{other}/fetch", headers={"idempotency-key": "now"}).status == 409


def test_a_source_that_is_switched_off_cannot_be_fetched(api: Driver) -> None:
    answer = api("POST", f"/api/sources/{created(api, enabled=False)}/fetch")
    assert (answer.status, "enabled" in answer.json["detail"]) == (409, True)
    assert not jobs(api)


def test_fetches_asked_for_count_towards_the_cap_and_first_fetches_do_not(clock: ManualClock) -> None:
    api = make_driver(clock, active_jobs_per_org=1)
    source_id = created(api)
    created(api, url="https://tea.example/other")
    assert api("POST", f"/api/sources/{source_id}/fetch").status == 202
    assert api("POST", f"/api/sources/{source_id}/fetch").status == 429


def test_an_address_is_never_logged(api: Driver) -> None:
    with log_lines() as lines:
        created(api, url="https://tea.example/feed?token=secret-42")
    assert "secret-42" not in lines.getvalue()
