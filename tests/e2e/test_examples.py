"""The examples do what they say, run as their readers run them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import IO, Any

import httpx2
import pytest
from standardwebhooks import Webhook

from ops.tools import REPOSITORY
from tests.e2e.test_main_job import finished
from tests.e2e.world import World, wait_for

SECONDS = 240  # for one program: the engine may pause for a minute
pytestmark = pytest.mark.timeout(900)

JOB = re.compile(r"\bjob ([0-9a-f-]{36})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Shell:
    """Where somebody of one organisation runs examples: behind a proxy that does not reach this machine."""

    outputs: Path

    @property
    def environ(self) -> Mapping[str, str]:
        proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
        return {**os.environ, **proxy, "FLYWHEEL_OUTPUTS": str(self.outputs), "PYTHONUNBUFFERED": "1"}

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an example to its end."""
        return subprocess.run(
            command(program, *arguments),
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def succeed(self, program: str, *arguments: str) -> str:
        """Run an example that has to succeed; what it printed."""
        ended = self.run(program, *arguments)
        assert (ended.returncode, ended.stderr) == (0, ""), ended
        return ended.stdout

    def fail(self, program: str, *arguments: str) -> str:
        """Run an example that has to fail; its message, which is no traceback."""
        ended = self.run(program, *arguments)
        assert ended.returncode == 1, ended
        assert "Traceback" not in ended.stderr
        return ended.stderr

    @contextmanager
    def running(self, program: str) -> Iterator[IO[str]]:
        """An example that runs, and everything it says."""
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen(command(program), env=self.environ, **pipes) as process:
            try:
                assert process.stdout is not None
                yield process.stdout
                assert process.wait(timeout=SECONDS) == 0
            finally:
                process.kill()


def command(program: str, *arguments: str) -> list[str]:
    return [sys.executable, str(REPOSITORY / "examples" / program), *arguments]


def shell(world: World, org: str, folder: Path, **changes: str) -> Shell:
    """For this organisation's user, who administers it."""
    tokens = {"user_token": world.tokens[org], "admin_token": world.tokens[org]}
    outputs = folder / "outputs.json"
    outputs.write_text(json.dumps({"api_url": world.outputs["api_url"], **tokens, **changes}))
    return Shell(outputs)


def test_posts_about_a_topic_are_waited_for_and_printed(world: World, tmp_path: Path) -> None:
    org = world.newcomer("author")
    printed = shell(world, org, tmp_path).succeed("generate_content.py", "Tea", "from", "Assam")
    variants = world.items("/api/content", org, kind="variant")
    assert sorted(variant["network"] for variant in variants) == ["linkedin", "twitter"]
    assert all(indent(variant["text"], "    ") in printed for variant in variants)
    assert "Tea from Assam" in printed


def test_a_batch_that_is_submitted_four_times_makes_each_job_once(world: World, tmp_path: Path) -> None:
    org = world.newcomer("batcher")
    reader = shell(world, org, tmp_path)
    first, second = (JOB.findall(reader.succeed("submit_batch.py")) for _ in range(2))
    assert first == second
    made = {job["job_id"] for job in world.items("/api/jobs", org)}
    assert made == set(first)
    assert len(made) == 3

    other = JOB.findall(reader.succeed("submit_batch.py", "autumn"))
    assert made.isdisjoint(other)
    assert "run this again" in reader.fail("submit_batch.py", "not a key")


def test_an_event_is_received_when_its_signature_is_valid_and_nobody_elses(world: World, tmp_path: Path) -> None:
    org = world.newcomer("receiver")
    others = {"emails": ["ops@receiver.example"], "webhooks": []}
    world.api(org).put("/api/notification-settings", json=others).raise_for_status()
    loopback = {"ALLOW_LOOPBACK_WEBHOOKS": "true"}
    with (
        world.settings("api", **loopback),
        world.settings("notifier", GATHER_SECONDS="0", **loopback),
        shell(world, org, tmp_path).running("webhook_receiver.py") as said,
    ):
        url = said.readline().split()[-1]
        (job_id,) = JOB.findall(said.readline())
        assert forge(url, job_id).status_code == 401
        assert finished(world, job_id, org)["status"] == "failed"
        world.invoke("reconciler")
        told = said.read()
        wait_for(lambda: delivered(world, org, job_id), timeout=150)
    assert "its signature is valid" in told
    assert "there is no content no-such-page" in told
    assert "made up" not in told
    after = world.api(org).get("/api/notification-settings").json()
    assert {name: after[name] for name in others} == others


def forge(url: str, job_id: str) -> httpx2.Response:
    """Post what would be the awaited event, had it been signed with the receiver's key."""
    body = json.dumps({"type": "job.failed", "data": {"link": f"/api/jobs/{job_id}", "title": "made up"}})
    now = datetime.now(UTC)
    signature = Webhook("whsec_" + "A" * 32).sign("message-1", now, body)
    headers = {
        "webhook-id": "message-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    return httpx2.post(url, content=body, headers=headers, timeout=30, trust_env=False)


def delivered(world: World, org: str, job_id: str) -> bool:
    """Whether the receiver's answer counts as having got the event about this job."""
    (notice,) = [each for each in world.items("/api/notifications", org) if each["link"] == f"/api/jobs/{job_id}"]
    return ("webhook", "sent") in {(each["channel"], each["state"]) for each in notice["deliveries"]}


def test_an_account_is_connected_and_listed_and_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    org = world.newcomer("connector")
    printed = shell(world, org, tmp_path).succeed("connect_account.py")
    counts = [int(count) for count in re.findall(r"Connected accounts: (\d+)", printed)]
    assert counts == [1, 0]
    assert "Example, twitter, posts by x: paused" in printed
    assert "&client_id=client-1&" in printed
    assert "made-up-token" not in printed
    assert world.items("/api/accounts", org) == []


def test_an_administrator_sees_a_dead_letter_and_sends_it_back(world: World, tmp_path: Path) -> None:
    org, lane = world.newcomer("buried"), "social-high"
    body = {"type": "PUBLISH_CONTENT", "payload": {"content_id": "long-gone"}, "priority": "high"}
    job_id = world.api(org).post("/api/jobs", json=body).json()["job_id"]
    assert finished(world, job_id, org)["status"] == "failed"
    wait_for(lambda: any(job_id in body for body in world.bodies_in(f"{lane}-dlq")), timeout=150)

    reader = shell(world, org, tmp_path)
    printed = reader.succeed("redrive_dead_letters.py")
    assert f"\n{lane}:\n" in printed
    assert f"PUBLISH_CONTENT job {job_id} of {org}, failed at " in printed
    assert "there is no content long-gone" in printed

    assert f"Sent 1 back to {lane}" in reader.succeed("redrive_dead_letters.py", lane, job_id)
    job = wait_for(lambda: run_twice(world.job(job_id, org)), timeout=150)
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["failed", "failed"]


def run_twice(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["status"] == "failed" and len(job["attempts"]) == 2 else None


def test_what_the_api_refuses_is_printed_by_its_field(world: World, tmp_path: Path) -> None:
    told = shell(world, "rival", tmp_path).fail("generate_content.py", "t" * 301)
    assert "/api/ai/generate answered 422" in told
    assert "\n  topic: " in told


def test_a_token_that_is_not_taken_is_answered_with_how_to_get_another(world: World, tmp_path: Path) -> None:
    told = shell(world, "rival", tmp_path, admin_token="no-token").fail("connect_account.py")
    assert "answered 401" in told
    assert "./flywheel token" in told
