"""The API over DynamoDB, SQS and Secrets Manager as moto plays them."""

import json
from typing import Any

import boto3
import pytest

from functions.api.app import Api
from functions.api.settings import ApiSettings
from functions.api.wiring import build
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.errors import PermanentError
from tests.support.api_driver import OPERATOR, RIVAL, call
from tests.support.aws import Cloud, api_environ
from tests.support.contents import a_page, a_post, a_variant
from tests.support.event_source import count


@pytest.fixture
def environ(cloud: Cloud) -> dict[str, str]:
    return api_environ(cloud)


@pytest.fixture
def api(environ: dict[str, str]) -> Api:
    return build(ApiSettings.from_env(environ))


@pytest.fixture
def calls() -> list[str]:
    """The AWS calls made from here on, by every client of the API."""
    made: list[str] = []

    def note(model: Any, **_: object) -> None:
        made.append(model.name)

    for client in (aws.dynamodb(), aws.sqs()):
        client.meta.events.register("before-call", note)
    return made


def test_missing_settings_are_named_all_at_once() -> None:
    with pytest.raises(
        PermanentError,
        match=r"ACCOUNTS_TABLE, .*, CONTENT_METADATA_TABLE, CONTEXT_TABLE, .*JOBS_TABLE, METRICS_TABLE, .*SCHEDULE_",
    ):
        ApiSettings.from_env({"QUEUE_URLS": "{}"})


def test_a_topic_becomes_a_stored_job_and_a_message(api: Api, cloud: Cloud) -> None:
    answer = call(api, "POST", "/api/ai/generate", {"topic": "Tea", "priority": "high"})
    assert answer.status == 202
    messages = boto3.client("sqs").receive_message(QueueUrl=cloud.queue_urls["content-high"])["Messages"]
    body = json.loads(messages[0]["Body"])
    assert (body["job_id"], body["org_id"]) == (answer.json["job_id"], "acme")
    status = call(api, "GET", f"/api/ai/generate/status/{answer.json['job_id']}")
    assert status.json == {"job_id": answer.json["job_id"], "status": "queued"}
    assert call(api, "GET", f"/api/ai/generate/status/{answer.json['job_id']}", claims=RIVAL).status == 404


def test_an_admission_makes_no_call_too_many(api: Api, calls: list[str]) -> None:
    assert call(api, "POST", "/api/ai/generate", {"topic": "Tea"}).status == 202
    assert calls == ["UpdateItem", "Query", "TransactWriteItems", "SendMessage"]


def test_jobs_are_capped_listed_cancelled_and_retried(api: Api) -> None:
    body = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}}
    made = [call(api, "POST", "/api/jobs", body).json["job_id"] for _ in range(3)]
    over = call(api, "POST", "/api/jobs", body)
    assert (over.status, over.json["active"], over.json["limit"]) == (429, 3, 3)

    first = call(api, "GET", "/api/jobs", query={"limit": "2"})
    second = call(api, "GET", "/api/jobs", query={"limit": "2", "cursor": first.json["next_cursor"]})
    listed = [job["job_id"] for job in first.json["items"] + second.json["items"]]
    assert listed == sorted(made, reverse=True)

    assert call(api, "DELETE", f"/api/jobs/{made[0]}").json["status"] == "cancelled"
    assert call(api, "DELETE", f"/api/jobs/{made[0]}").status == 409
    assert call(api, "POST", f"/api/jobs/{made[0]}/retry").json["status"] == "queued"
    assert call(api, "GET", f"/api/jobs/{made[0]}").json["attempt"] == 2
    cancelled = call(api, "GET", "/api/jobs", query={"status": "cancelled"})
    assert cancelled.json == {"items": [], "next_cursor": None}
    assert call(api, "GET", "/api/jobs", claims=RIVAL).json["items"] == []
    as_admin = {**OPERATOR, "custom:org_id": "operators"}
    assert len(call(api, "GET", "/api/jobs", query={"org_id": "acme"}, claims=as_admin).json["items"]) == 3


def test_an_idempotency_key_makes_one_job(api: Api, cloud: Cloud) -> None:
    body = {"type": "GENERATE_PAGE", "payload": {"trending": 3}}
    key = {"idempotency-key": "order-1"}
    first = call(api, "POST", "/api/jobs", body, headers=key)
    assert call(api, "POST", "/api/jobs", body, headers=key).json["job_id"] == first.json["job_id"]
    other = {"type": "GENERATE_PAGE", "payload": {"trending": 4}}
    assert call(api, "POST", "/api/jobs", other, headers=key).status == 409
    assert count(cloud.queue_urls["pages"]) == 1


def test_a_payload_with_numbers_and_odd_text_is_stored_as_sent(api: Api) -> None:
    event = {
        "event_id": "1",
        "slug": "tea",
        "title": "Tea \u0000 \U0001f375?",
        "url": "https://polymarket.com/event/tea",
        "origin": "sample",
        "captured_at": "2026-11-22T05:00:00Z",
        "volume": 5669354.2,
        "outcome_count": 1,
        "outcomes": [{"name": "Yes", "probability": 0.375}],
    }
    answer = call(api, "POST", "/api/jobs", {"type": "GENERATE_PAGE", "payload": {"event": event}})
    stored = call(api, "GET", f"/api/jobs/{answer.json['job_id']}").json["payload"]["event"]
    assert (stored["volume"], stored["outcomes"][0]["probability"]) == ("5669354.2", "0.375")
    assert stored["title"] == event["title"]


def test_the_largest_payload_is_stored_and_shown(api: Api) -> None:
    outcomes = [{"name": f"Outcome {number:06d}", "probability": 0.5} for number in range(4300)]
    event = {
        "event_id": "1",
        "slug": "tea",
        "title": "Tea",
        "url": "https://polymarket.com/event/tea",
        "origin": "sample",
        "captured_at": "2026-11-22T05:00:00Z",
        "outcome_count": len(outcomes),
        "outcomes": outcomes,
    }
    answer = call(api, "POST", "/api/jobs", {"type": "GENERATE_PAGE", "payload": {"event": event}})
    assert answer.status == 202, answer.text
    shown = call(api, "GET", f"/api/jobs/{answer.json['job_id']}").json["payload"]["event"]
    assert len(shown["outcomes"]) == len(outcomes)


def test_content_is_read_from_the_table(api: Api) -> None:
    store = DynamoContentStore("content_metadata", aws.dynamodb)
    for content in (a_page(utc_now()), a_variant(utc_now(), parent_id="page-1"), a_post(utc_now())):
        store.put(content)
    page = call(api, "GET", "/api/content/page-1").json
    assert [variant["content_id"] for variant in page["variants"]] == ["variant-1"]
    assert [post["content_id"] for post in page["posts"]] == ["post-1"]
    first = call(api, "GET", "/api/content", query={"limit": "1"}).json
    second = call(api, "GET", "/api/content", query={"limit": "2", "cursor": first["next_cursor"]}).json
    kinds = [item["kind"] for item in first["items"] + second["items"]]
    assert kinds == ["variant", "post", "page"]
    assert call(api, "GET", "/api/content/page-1", claims=RIVAL).status == 404


def test_an_accounts_tokens_live_in_secrets_manager_only(api: Api) -> None:
    body = {"network": "twitter", "name": "Acme", "access_token": "tok-access"}
    account_id = call(api, "POST", "/api/accounts", body).json["account_id"]
    secrets = boto3.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=f"flywheel/accounts/acme/{account_id}")
    assert json.loads(secret["SecretString"]) == {"access_token": "tok-access"}
    assert "tok-access" not in json.dumps(boto3.client("dynamodb").scan(TableName="accounts"), default=str)
    assert call(api, "DELETE", f"/api/accounts/{account_id}").status == 204
    assert secrets.list_secrets()["SecretList"] == []
    assert call(api, "GET", "/api/accounts").json["items"] == []


def test_health_tells_each_table_queue_and_service(api: Api, environ: dict[str, str], cloud: Cloud) -> None:
    healthy = call(api, "GET", "/api/health")
    assert (healthy.status, healthy.json["status"]) == (200, "ok")
    lanes = {f"queue {lane}" for lane in cloud.queue_urls}
    services = {"secrets", "schedules", "model, markets and networks"}
    tables = {f"table {name}" for name in ("jobs", "content_metadata", "accounts", "context", "metrics")}
    assert set(healthy.json["parts"]) == {*tables, *lanes, *services}

    boto3.client("sqs").delete_queue(QueueUrl=cloud.queue_urls["pages"])
    elsewhere = build(ApiSettings.from_env(environ))  # this Lambda keeps its answer for some seconds
    degraded = call(elsewhere, "GET", "/api/health")
    assert (degraded.status, degraded.json["status"]) == (503, "degraded")
    ill = {name for name, part in degraded.json["parts"].items() if part["status"] == "degraded"}
    assert ill == {"queue pages"}


def test_a_missing_table_is_unavailable_and_nothing_is_sent(api: Api, cloud: Cloud) -> None:
    boto3.client("dynamodb").delete_table(TableName="jobs")
    answer = call(api, "POST", "/api/ai/generate", {"topic": "Tea"})
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert sum(count(url) for url in cloud.queue_urls.values()) == 0


def test_a_missing_queue_loses_no_job(api: Api, cloud: Cloud) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=cloud.queue_urls["content"])
    answer = call(api, "POST", "/api/ai/generate", {"topic": "Tea"})
    assert answer.status == 202
    assert call(api, "GET", f"/api/jobs/{answer.json['job_id']}").json["status"] == "queued"
