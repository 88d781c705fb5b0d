"""Schedules on the embedded engine, through EventBridge Scheduler."""

import time
from datetime import UTC, datetime
from typing import Any

from tests.e2e.test_main_job import finished
from tests.e2e.world import World, wait_for

ORG = "timely"
EACH_MINUTE = {
    "type": "GENERATE_CONTENT",
    "payload": {"topic": "On time", "platforms": ["twitter"]},
    "cron": "rate(1 minute)",
}


def test_a_schedule_runs_each_minute_until_it_is_paused_and_ends_when_it_is_deleted(world: World) -> None:
    org = world.newcomer(ORG)
    api = world.api(org)
    started = time.monotonic()
    made = api.post("/api/schedules", json=EACH_MINUTE)
    assert made.status_code == 201, made.text
    path = f"/api/schedules/{made.json()['schedule_id']}"
    assert made.json()["state"] == "active"

    def shown() -> Any:
        return api.get(path).raise_for_status().json()

    run = wait_for(lambda: shown()["last_run"], timeout=120, every=1)
    job = finished(world, run["job_id"], org)
    assert time.monotonic() - started <= 120
    assert job["status"] == "completed"
    assert shown()["last_run"]["outcome"] == "completed"
    assert shown()["missed"] == 0

    changed = api.patch(path, json={"cron": "0 3 * * ? *", "timezone": "Europe/Berlin"}).json()
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


def test_a_schedule_in_unix_syntax_is_refused_with_its_translation(world: World) -> None:
    answer = world.api().post("/api/schedules", json={**EACH_MINUTE, "cron": "*/5 * * * *"})
    assert answer.status_code == 422
    assert "cron(*/5 * * * ? *)" in answer.json()["errors"][0]["message"]
