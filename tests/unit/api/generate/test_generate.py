from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.model import Priority
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def finish(api: Driver, job_id: str, clock: ManualClock, *, failing: bool = False) -> None:
    job = api.jobs.jobs["acme", job_id]
    claimed = transitions.claimed(job, now=clock(), owner="worker", timing=api.services.engine.timing)
    if failing:
        done = transitions.failed(claimed, now=clock(), reason="the model refused")
    else:
        done = transitions.completed(claimed, now=clock() + timedelta(seconds=2), result={"variants": ["v1"]})
    api.jobs.jobs["acme", job_id] = done


def test_a_topic_is_accepted_with_an_address_to_poll(api: Driver) -> None:
    answer = api("POST", "/api/ai/generate", {"topic": "Rate cuts"})
    job_id = answer.json["job_id"]
    assert answer.status == 202
    assert answer.json == {
        "job_id": job_id,
        "status": "queued",
        "status_url": f"https://api.example/api/ai/generate/status/{job_id}",
    }
    assert answer.headers["Location"] == answer.json["status_url"]
    assert int(answer.headers["Retry-After"]) > 0


def test_the_job_holds_everything_asked_for_and_one_message_is_sent(api: Driver) -> None:
    body = {"topic": " Rate cuts ", "platforms": ["x", "linkedin"], "tone": "friendly", "priority": "high"}
    job_id = api("POST", "/api/ai/generate", body).json["job_id"]
    job = api.jobs.jobs["acme", job_id]
    assert (job.type, job.priority) == (JobType.GENERATE_CONTENT, Priority.HIGH)
    assert job.payload == {"topic": "Rate cuts", "platforms": ["twitter", "linkedin"], "tone": "friendly"}
    assert job.dispatched_at is not None
    assert [(lane, message.job_id) for lane, message, _ in api.sent.sent] == [("content-high", job_id)]


def test_platforms_and_tone_have_defaults(api: Driver) -> None:
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}).json["job_id"]
    assert api.jobs.jobs["acme", job_id].payload["platforms"] == ["twitter", "linkedin", "facebook", "instagram"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "topic"),
        ({"topic": ""}, "topic"),
        ({"topic": "   "}, "topic"),
        ({"topic": 5}, "topic"),
        ({"topic": None}, "topic"),
        ({"topic": "two\nlines"}, "topic"),
        ({"topic": "a" * 301}, "topic"),
        ({"topic": "Tea", "platforms": []}, "platforms"),
        ({"topic": "Tea", "platforms": "twitter"}, "platforms"),
        ({"topic": "Tea", "platforms": ["twitter", "x"]}, "platforms"),
        ({"topic": "Tea", "platforms": ["twitter", "myspace"]}, "platforms.1"),
        ({"topic": "Tea", "tone": "a" * 61}, "tone"),
        ({"topic": "Tea", "priority": "urgent"}, "priority"),
        ({"topic": "Tea", "topics": ["Tea"]}, "topics"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_admitted(api: Driver, body: object, field: str) -> None:
    answer = api("POST", "/api/ai/generate", body)
    assert answer.status == 422
    assert answer.fields == [field]
    assert not api.jobs.jobs


def test_every_bad_field_is_named_at_once(api: Driver) -> None:
    answer = api("POST", "/api/ai/generate", {"tone": "", "priority": 3})
    assert set(answer.fields) == {"topic", "tone", "priority"}


def test_a_queued_generation_has_neither_result_nor_error(api: Driver) -> None:
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}).json["job_id"]
    answer = api("GET", f"/api/ai/generate/status/{job_id}")
    assert (answer.status, answer.json) == (200, {"job_id": job_id, "status": "queued"})


def test_a_completed_generation_shows_its_result(api: Driver, clock: ManualClock) -> None:
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}).json["job_id"]
    finish(api, job_id, clock)
    answer = api("GET", f"/api/ai/generate/status/{job_id}")
    assert answer.json == {"job_id": job_id, "status": "completed", "result": {"variants": ["v1"]}}


def test_a_failed_generation_shows_why(api: Driver, clock: ManualClock) -> None:
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}).json["job_id"]
    finish(api, job_id, clock, failing=True)
    answer = api("GET", f"/api/ai/generate/status/{job_id}")
    assert answer.json == {"job_id": job_id, "status": "failed", "error": "the model refused"}


def test_a_result_left_from_before_a_restart_is_not_shown(api: Driver) -> None:
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}).json["job_id"]
    api.jobs.jobs["acme", job_id] = replace(api.jobs.jobs["acme", job_id], result={"half": "done"})
    assert "result" not in api("GET", f"/api/ai/generate/status/{job_id}").json


def test_another_organisations_generation_does_not_exist(api: Driver) -> None:
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}).json["job_id"]
    assert api("GET", f"/api/ai/generate/status/{job_id}", claims=RIVAL).status == 404
    assert api("GET", "/api/ai/generate/status/unknown").status == 404
