"""What happens on the embedded engine when things break."""

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_main_job import finished, made_pages
from tests.e2e.world import World, wait_for
from tests.support.standins.openai_api import ModelAbout
from tests.support.standins.x import XStandIn, accepted_then_reset, unavailable

# A post may fail more often than it does by default: how long X is down here depends on how busy the machine is.
PATIENT = "5,10,20,20,20,20,20,20"
DEFAULT_TIMING = {"LEASE_SECONDS": "60", "HEARTBEAT_SECONDS": "20", "DISPATCH_GRACE_SECONDS": "30"}


@pytest.fixture
def x() -> Iterator[XStandIn]:
    with XStandIn() as server:
        yield server


def test_pages_are_made_while_x_is_down_and_each_is_posted_once_when_it_is_back(world: World, x: XStandIn) -> None:
    org = world.newcomer("loud")
    token = connect(world, org, x)
    x.create_faults.extend(unavailable() for _ in range(500))
    settings = {"X_API_BASE_URL": x.base_url, "X_SETTLE_SECONDS": "1", "RETRY_DELAYS": PATIENT}
    with world.settings("social_poster", **settings):
        assert [job["status"] for job in made_pages(world, org)] == ["completed"] * 5
        wait_for(lambda: any(request.startswith("POST") for request in x.requests_with[token]))
        assert x.texts == []

        x.create_faults.clear()
        x.create_faults.extend([accepted_then_reset(), accepted_then_reset()])
        wait_for(lambda: all(job["status"] == "completed" for job in posting(world, org)))
    assert len(x.texts) == len(set(x.texts)) == len(posting(world, org)) == 5
    states = {post["state"] for post in world.items("/api/content", org, kind="post")}
    assert states == {"published"}


def connect(world: World, org: str, x: XStandIn) -> str:
    """Connect an X account, whose token is shown nowhere; returns it."""
    token = f"token-of-{org}"
    x.tokens = {token: "1001"}
    account = {"network": "twitter", "name": org.capitalize(), "access_token": token}
    connected = world.api(org).post("/api/accounts", json=account)
    assert connected.status_code == 201, connected.text
    assert token not in connected.text
    return token


def posting(world: World, org: str) -> list[dict[str, Any]]:
    return world.items("/api/jobs", org, type="PUBLISH_CONTENT")


def test_a_killed_workers_job_runs_again_within_two_minutes_and_ends_once(
    world: World, model_about: ModelAbout
) -> None:
    openai = model_about("A worker dies")
    openai.hold()
    settings = {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": openai.base_url, **DEFAULT_TIMING}
    reconciler = world.settings("reconciler", **DEFAULT_TIMING)
    with world.settings("content_generator", **settings), reconciler:
        body = {"topic": "A worker dies", "platforms": ["twitter", "linkedin"]}
        job_id = world.api().post("/api/ai/generate", json=body).json()["job_id"]
        openai.wait_for_request()
        assert world.job(job_id)["status"] == "processing"
        killed_at = datetime.now(UTC)
        for pid in workers(world, "content_generator"):
            os.kill(pid, signal.SIGKILL)
        openai.release()
        job = finished(world, job_id)
    # When it was ready to run again: how soon a worker then starts is a matter of the machine.
    assert datetime.fromisoformat(job["attempts"][0]["ended_at"]) - killed_at <= timedelta(minutes=2)
    assert job["status"] == "completed"
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["lost", "completed"]
    variants = [item for item in world.items("/api/content", kind="variant") if item["job_id"] == job_id]
    assert sorted(variant["network"] for variant in variants) == ["linkedin", "twitter"]


def workers(world: World, function: str) -> list[int]:
    """The processes that run a Lambda of this deployment: another on this machine has Lambdas of the same names."""
    name, endpoint_url = world.outputs["functions"][function], world.outputs["endpoint_url"]
    marks = {f"AWS_LAMBDA_FUNCTION_NAME={name}".encode(), f"AWS_ENDPOINT_URL={endpoint_url}".encode()}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile
        if marks.issubset(variables):
            found.append(int(folder.name))
    assert found, f"no worker of {function} runs"
    return found


def test_a_job_that_keeps_failing_runs_four_times_then_its_message_is_a_dead_letter(
    world: World, model_about: ModelAbout
) -> None:
    openai = model_about("Nothing works")
    openai.fail_with(500)
    with world.settings("content_generator", AI_PROVIDER="openai", OPENAI_BASE_URL=openai.base_url):
        body = {"topic": "Nothing works", "platforms": ["twitter"]}
        job_id = world.api().post("/api/ai/generate", json=body).json()["job_id"]
        job: Any = finished(world, job_id)
        assert job["status"] == "failed"
        assert [attempt["outcome"] for attempt in job["attempts"]] == ["retried", "retried", "retried", "failed"]
        assert "gave up after 4 runs" in job["error"]
        wait_for(lambda: any(job_id in body for body in world.bodies_in("content-dlq")))

        openai.fail_with(None)
        assert world.api().post(f"/api/jobs/{job_id}/retry").status_code == 202
        assert finished(world, job_id)["status"] == "completed"


@pytest.mark.parametrize("body", ["not json", "{}", json.dumps({"content_id": "unknown", "title": "Nothing"})])
def test_a_message_that_makes_no_sense_becomes_a_dead_letter_and_holds_nothing_up(world: World, body: str) -> None:
    world.aws.sqs.send_message(QueueUrl=world.outputs["queues"]["social"], MessageBody=body)
    wait_for(lambda: body in world.bodies_in("social-dlq"))


def test_a_message_delivered_ten_times_makes_one_post(world: World, x: XStandIn) -> None:
    org = world.newcomer("echo")
    connect(world, org, x)
    with world.settings("social_poster", X_API_BASE_URL=x.base_url):
        page = made_pages(world, org)[0]["result"]
        body = {"type": "PUBLISH_CONTENT", "payload": {"content_id": page["content_id"]}}
        job_id = world.api(org).post("/api/jobs", json=body).json()["job_id"]
        pointer = {"job_id": job_id, "org_id": org, "attempt": 1, "content_id": page["content_id"], "title": "Again"}
        for _ in range(10):
            world.aws.sqs.send_message(QueueUrl=world.outputs["queues"]["social"], MessageBody=json.dumps(pointer))
        wait_for(lambda: all(job["status"] == "completed" for job in posting(world, org)))
        wait_for(lambda: world.messages_in("social") == 0)
    assert len(x.texts) == len(set(x.texts)) == 5


def test_a_post_of_content_that_does_not_exist_fails_with_its_name(world: World) -> None:
    body = {"type": "PUBLISH_CONTENT", "payload": {"content_id": "no-such-page"}}
    job_id = world.api().post("/api/jobs", json=body).json()["job_id"]
    job = finished(world, job_id)
    assert job["status"] == "failed"
    assert "no-such-page" in str(job["error"])
