"""Schedules on the embedded engine, through EventBridge Scheduler."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.test_context import ARTICLE
from tests.e2e.test_main_job import finished
from tests.e2e.world import World, wait_for
from tests.support.standins.website import Page, Website

ORG = "timely"
PAID = {
    "type": "GENERATE_CONTENT",
    "payload": {"topic": "On time", "platforms": ["twitter"]},
    "cron": "rate(1 minute)",
}


@pytest.fixture
def site() -> Iterator[Website]:
    with Website({"/robots.txt": Page("User-agent: *\nAllow: /\n", "text/plain"), "/": Page(ARTICLE)}) as site:
        yield site


def test_a_schedule_runs_each_minute_until_it_is_paused_and_ends_when_it_is_deleted(
    world: World, site: Website
) -> None:
    org = world.newcomer(ORG)
    api = world.api(org)
    source = api.post("/api/sources", json={"kind": "website", "url": site.url("/")}).raise_for_status().json()
    each_minute = {"type": "SCRAPE_WEBSITE", "payload": {"source_id": source["source_id"]}, "cron": "rate(1 minute)"}
    made = api.post("/api/schedules", json=each_minute)
    assert made.status_code == 201, made.text
    path = f"/api/schedules/{made.json()['schedule_id']}"
    assert made.json()["state"] == "active"

    def shown() -> Any:
        return api.get(path).raise_for_status().json()

    def last_run_over() -> Any:
        last_run = shown()["last_run"]
        return last_run if last_run["finished_at"] else None

    run = wait_for(lambda: shown()["last_run"], every=1)
    job = finished(world, run["job_id"], org)
    assert job["status"] == "completed"
    assert created_at(job) - created_at(made.json()) <= timedelta(minutes=2)
    assert wait_for(last_run_over)["outcome"] == "completed"
    assert shown()["missed"] == 0

    changed = api.patch(path, json={"cron": not_soon(), "timezone": "Europe/Berlin"}).json()
    wait_for(last_run_over)  # of a minute that was about to begin
    assert (changed["state"], len(changed["next_runs"])) == ("active", 5)
    paused = api.patch(path, json={"enabled": False}).json()
    assert (paused["state"], paused["next_runs"]) == ("paused", [])
    tick = {"org_id": org, "schedule_id": paused["schedule_id"]}
    assert world.invoke("scheduler_tick", tick)["outcome"] == "paused"

    assert api.patch(path, json={"enabled": True}).json()["state"] == "active"
    at = {**tick, "scheduled_time": datetime.now(UTC).isoformat()}
    answers = [world.invoke("scheduler_tick", at) for _ in range(3)]
    assert [answer["outcome"] for answer in answers] == ["planned", "repeated", "repeated"]
    assert len({answer["job_id"] for answer in answers}) == 1
    assert finished(world, answers[0]["job_id"], org)["status"] == "completed"

    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert world.invoke("scheduler_tick", tick)["outcome"] == "gone"
    assert world.invoke("scheduler_tick")["outcome"] == "nothing to do"


def not_soon() -> str:
    """Each day, twelve hours from now."""
    return f"0 {(datetime.now(UTC).hour + 12) % 24} * * ? *"


def created_at(shown: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(shown["created_at"])


def test_a_schedule_in_unix_syntax_is_refused_with_its_translation(world: World) -> None:
    answer = world.api().post("/api/schedules", json={**PAID, "cron": "*/5 * * * *"})
    assert answer.status_code == 422
    assert "cron(*/5 * * * ? *)" in answer.json()["errors"][0]["message"]


def test_a_schedule_of_paid_jobs_each_minute_is_refused(world: World) -> None:
    answer = world.api().post("/api/schedules", json=PAID)
    assert answer.status_code == 422
    assert "at most every 15 minutes" in answer.json()["errors"][0]["message"]
