"""A failure reaches the organisation's users: in the API, by e-mail and by webhook."""

import re
from collections.abc import Iterator
from typing import Any

import boto3
import httpx2
import pytest

from ops.deployment import ACCESS_KEY, REGION
from tests.e2e.world import World, wait_for
from tests.support.standins.openai_api import ModelAbout
from tests.support.standins.webhook_receiver import WebhookReceiver

SENDER = "flywheel@told.example"
OPS = "ops@told.example"


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as server:
        yield server


def test_a_failure_is_listed_mailed_and_posted_once_and_can_be_read(
    world: World, receiver: WebhookReceiver, model_about: ModelAbout
) -> None:
    org, openai = world.newcomer("told"), model_about("Nobody pays")
    openai.fail_with(401)
    verify_identities(world)
    with (
        world.settings("api", ALLOW_LOOPBACK_WEBHOOKS="true"),
        world.settings("notifier", ALLOW_LOOPBACK_WEBHOOKS="true", EMAIL_FROM=SENDER, GATHER_SECONDS="0"),
        world.settings("content_generator", AI_PROVIDER="openai", OPENAI_BASE_URL=openai.base_url),
    ):
        settings = {"emails": [OPS], "webhooks": [{"url": receiver.url}]}
        saved = world.api(org).put("/api/notification-settings", json=settings)
        assert saved.status_code == 200, saved.text
        key = saved.json()["webhooks"][0]["secret"]
        confirm(world, org, saved.json()["addresses"][0]["email_id"])

        job_id = world.api(org).post("/api/ai/generate", json={"topic": "Nobody pays"}).json()["job_id"]
        wait_for(lambda: world.job(job_id, org)["status"] == "failed")
        assert listed(world, org)["unread_count"] == 1, "it is there as soon as the job has failed"

        world.invoke("reconciler")
        notice = wait_for(lambda: delivered(world, org))

    assert notice["reason"] == world.job(job_id, org)["error"]
    assert notice["retry_url"] == f"/api/jobs/{job_id}/retry"
    assert {each["channel"]: each["state"] for each in notice["deliveries"]} == {"email": "sent", "webhook": "sent"}
    (hit,) = receiver.hits
    assert hit.headers["webhook-id"] == notice["notification_id"]
    assert hit.opened_with(key)["data"]["retry_url"] == notice["retry_url"]
    _, mail = mails(world)
    assert (mail["Source"], mail["To"]) == (SENDER, [OPS])
    assert notice["reason"] in mail["BodyText"]

    world.invoke("reconciler")
    read = world.api(org).post(f"/api/notifications/{notice['notification_id']}/read")
    assert read.status_code == 200, read.text
    assert listed(world, org)["unread_count"] == 0
    assert world.items("/api/notifications", org, unread="true") == []
    assert listed(world, "rival")["items"] == []
    assert world.api(org).post(notice["retry_url"]).status_code == 202
    assert (len(receiver.hits), len(mails(world))) == (1, 2)


def confirm(world: World, who: str, email_id: str) -> None:
    """What the owner of the address does with the code that is mailed to it."""
    world.invoke("reconciler")
    (mail,) = wait_for(lambda: mails(world))
    (code,) = re.findall(r"\b(?:[A-Z2-9]{4}-){2}[A-Z2-9]{4}\b", mail["BodyText"])
    path = f"/api/notification-settings/emails/{email_id}/confirm"
    answer = world.api(who).post(path, json={"code": code})
    assert answer.json()["addresses"][0]["confirmed"] is True, answer.text


def listed(world: World, who: str) -> dict[str, Any]:
    answer: dict[str, Any] = world.api(who).get("/api/notifications").raise_for_status().json()
    return answer


def delivered(world: World, who: str) -> dict[str, Any] | None:
    """The one notification, once all its deliveries have ended."""
    (notice,) = (each for each in listed(world, who)["items"] if each["kind"] == "job.failed")
    is_over = notice["deliveries"] and all(each["ended_at"] for each in notice["deliveries"])
    return notice if is_over else None


def mails(world: World) -> list[dict[str, Any]]:
    """What the engine's SES was given for our address."""
    answer = httpx2.get(f"{world.outputs['endpoint_url']}/_ministack/ses/messages", timeout=60, trust_env=False)
    found = [mail for account in answer.json()["messages"].values() for mail in account]
    return [mail for mail in found if mail["To"] == [OPS]]


def verify_identities(world: World) -> None:
    """What an operator does once for the sender, and, in SES's sandbox, for each recipient."""
    session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
    client = session.client("ses", endpoint_url=world.outputs["endpoint_url"])
    for address in (SENDER, OPS):
        client.verify_email_identity(EmailAddress=address)
    client.close()
