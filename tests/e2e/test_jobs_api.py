"""What a user does with jobs through the API of a running deployment."""

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.test_main_job import finished, over
from tests.e2e.world import World, wait_for
from tests.support.standins.openai_api import OpenAiStandIn

SOON = timedelta(seconds=10)


@pytest.fixture
def openai() -> Iterator[OpenAiStandIn]:
    with OpenAiStandIn() as server:
        yield server


def topic(name: str) -> dict[str, Any]:
    return {"type": "GENERATE_CONTENT", "payload": {"topic": name, "platforms": ["twitter", "linkedin"]}}


def lease(world: World, org: str, job_id: str) -> str:
    """Until when the job's worker holds it, which each of its heartbeats moves."""
    key: Any = {"pk": {"S": f"ORG#{org}"}, "sk": {"S": f"JOB#{job_id}"}}
    item = world.aws.dynamodb.get_item(TableName=world.outputs["tables"]["jobs"], Key=key, ConsistentRead=True)["Item"]
    return item["lease_until"]["S"]


def test_a_processing_job_is_cancelled_and_writes_nothing_more(world: World, openai: OpenAiStandIn) -> None:
    org = world.newcomer("fickle")
    openai.hold()
    with world.settings("content_generator", AI_PROVIDER="openai", OPENAI_BASE_URL=openai.base_url):
        job_id = world.api(org).post("/api/jobs", json=topic("Never mind")).json()["job_id"]
        openai.wait_for_request()
        answer = world.api(org).delete(f"/api/jobs/{job_id}")
        assert (answer.status_code, answer.json()["status"]) == (202, "processing")
        assert world.job(job_id, org)["cancel_requested"] is True
        before = lease(world, org, job_id)
        wait_for(lambda: lease(world, org, job_id) > before)  # a heartbeat, which tells the worker
        openai.release()
        job = finished(world, job_id, org)
        assert job["status"] == "cancelled"
        assert [attempt["outcome"] for attempt in job["attempts"]] == ["cancelled"]
        assert len(openai.requests) == 1
        assert world.items("/api/content", org) == []
        assert world.api(org).delete(f"/api/jobs/{job_id}").status_code == 409


def test_a_waiting_job_is_cancelled_at_once_and_a_retry_keeps_its_history(world: World, openai: OpenAiStandIn) -> None:
    org = world.newcomer("patient")
    openai.fail_with(500)
    settings = {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": openai.base_url, "RETRY_DELAYS": "600,600,600"}
    with world.settings("content_generator", **settings):
        job_id = world.api(org).post("/api/jobs", json=topic("Later")).json()["job_id"]
        wait_for(lambda: world.job(job_id, org)["attempts"] and world.job(job_id, org)["status"] == "queued")
        assert world.api(org).delete(f"/api/jobs/{job_id}").json()["status"] == "cancelled"

        openai.fail_with(None)
        assert world.api(org).post(f"/api/jobs/{job_id}/retry").status_code == 202
        job = finished(world, job_id, org)
    assert job["status"] == "completed"
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["retried", "completed"]
    assert "model" in job["attempts"][0]["reason"].lower() or job["attempts"][0]["reason"]
    assert all(attempt["duration_seconds"] >= 0 for attempt in job["attempts"])
    assert job["usage"] == {"input_tokens": 20, "output_tokens": 10}
    assert world.api(org).post(f"/api/jobs/{job_id}/retry").status_code == 409


def test_a_bulk_is_acknowledged_within_2_seconds_and_each_change_is_visible_within_10(world: World) -> None:
    org = world.newcomer("bulky")
    body = {"jobs": [topic(f"Topic {number}") | {"tags": ["bulk"]} for number in range(40)]}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    started = time.perf_counter()
    answer = world.api(org).post("/api/jobs/bulk", json=body, headers=key)
    took = time.perf_counter() - started
    assert (answer.status_code, answer.json()["accepted"]) == (202, 40)
    assert took < 2, took
    last = answer.json()["items"][-1]["job_id"]

    seen: dict[str, datetime] = {}

    def done() -> Any:
        job = world.job(last, org)
        seen.setdefault(job["status"], datetime.now(UTC))
        return over(job)

    job = wait_for(done, timeout=150, every=0.05)  # after a change of settings, the engine may pause for a minute
    assert (job["status"], job["tags"]) == ("completed", ["bulk"])
    assert seen["completed"] - datetime.fromisoformat(job["finished_at"]) < SOON
    if "processing" in seen:
        assert seen["processing"] - datetime.fromisoformat(job["attempts"][0]["started_at"]) < SOON

    ids = [item["job_id"] for item in answer.json()["items"]]
    again = world.api(org).post("/api/jobs/bulk", json=body, headers=key)
    assert [item["job_id"] for item in again.json()["items"]] == ids
    wait_for(lambda: {job["status"] for job in world.items("/api/jobs", org)} == {"completed"})
    assert len(world.items("/api/jobs", org)) == 40


def test_bad_input_is_refused_with_the_fields_name(world: World) -> None:
    api = world.api()
    tagged = api.post("/api/jobs", json={**topic("Tea"), "tags": ["a\u0007"]})
    assert (tagged.status_code, tagged.json()["errors"][0]["field"]) == (422, "tags.0")
    large = api.post("/api/jobs", json={"type": "GENERATE_CONTENT", "payload": {"topic": "t" * 205_000}})
    assert (large.status_code, large.json()["errors"][0]["field"]) == (413, "payload")
    for _ in range(2):
        api.post("/api/jobs", json=topic("Cursor"))
    cursor = api.get("/api/jobs", params={"limit": "1"}).json()["next_cursor"]
    assert api.get("/api/jobs", params={"limit": "1", "cursor": cursor}).status_code == 200
    foreign = world.api("rival").get("/api/jobs", params={"limit": "1", "cursor": cursor})
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (422, "cursor")


def test_unknown_paths_are_problems_and_nothing_under_api_answers_without_a_token(world: World) -> None:
    unknown = world.api(None).get("/nothing/here")
    assert (unknown.status_code, unknown.headers["Content-Type"]) == (404, "application/problem+json")
    assert world.api().get("/api/nothing").headers["Content-Type"] == "application/problem+json"
    for path in ("/api/jobs", "/api/nothing", "/api/", "//api/jobs", "/%61pi/jobs"):
        assert world.api(None).get(path).status_code in (401, 404)


def test_figures_of_ones_own_jobs_and_of_the_deployment(world: World) -> None:
    org = world.newcomer("counted")
    job_id = world.api(org).post("/api/jobs", json=topic("Count me")).json()["job_id"]
    wait_for(lambda: over(world.job(job_id, org)), timeout=150)
    mine = wait_for(lambda: counted(world.api(org).get("/api/stats").raise_for_status().json()))
    assert (mine["org_id"], mine["active"]["queued"], mine["last_day"]["failure_rate"]) == (org, 0, 0.0)
    assert (mine["queues"], mine["next_runs"]) == (None, None)
    assert world.api(org).get("/api/stats", params={"org_id": "rival"}).status_code == 403
    everything = world.api("admin").get("/api/stats").raise_for_status().json()
    assert everything["last_day"]["completed"] >= 1
    assert {"content", "content-high", "pages", "social"} <= set(everything["queues"])
    assert {"pseo_generator", "reconciler"} <= set(everything["next_runs"])


def counted(stats: dict[str, Any]) -> Any:
    return stats if stats["last_hour"]["completed"] == 1 else None
