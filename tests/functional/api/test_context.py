"""Sources, items and documents through the API, over DynamoDB, SQS and S3 as moto plays them."""

import json
from datetime import timedelta

import boto3
import pytest
import requests

from functions.api.app import Api
from functions.api.settings import ApiSettings
from functions.api.wiring import build
from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.documents.rules import part_id
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.model import DocumentState
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.context.sources.fetch_job import planned_fetch
from functions.shared.kernel import aws
from functions.shared.kernel.clock import new_id, utc_now
from tests.support.api_driver import RIVAL, call
from tests.support.aws import Cloud, api_environ
from tests.support.event_source import count
from tests.support.sources import an_item


@pytest.fixture
def api(cloud: Cloud) -> Api:
    return build(ApiSettings.from_env(api_environ(cloud)))


def test_a_source_is_stored_planned_changed_and_deleted(api: Api, cloud: Cloud) -> None:
    made = call(api, "POST", "/api/sources", {"kind": "feed", "url": "https://tea.example/feed.xml"})
    assert made.status == 201, made.text
    path = f"/api/sources/{made.json['source_id']}"
    assert call(api, "GET", path).json == made.json
    assert count(cloud.queue_urls["scraping"]) == 1
    assert call(api, "POST", "/api/sources", {"kind": "feed", "url": "https://tea.example/feed.xml"}).status == 409
    assert call(api, "POST", f"{path}/fetch").status == 202
    assert count(cloud.queue_urls["scraping-high"]) == 1
    assert call(api, "PATCH", path, {"enabled": False}).json["next_fetch_at"] is None
    assert call(api, "POST", f"{path}/fetch").status == 409
    assert call(api, "GET", path, claims=RIVAL).status == 404
    assert call(api, "DELETE", path).status == 204
    assert call(api, "GET", "/api/sources").json["items"] == []


def test_a_crash_after_the_source_was_stored_leads_the_planner_to_the_same_job(api: Api) -> None:
    made = call(api, "POST", "/api/sources", {"kind": "website", "url": "https://tea.example/"}).json
    store = DynamoSources("context", aws.dynamodb)
    source = store.get("acme", made["source_id"])
    assert source is not None
    crashed = source.model_copy(update={"next_fetch_at": source.created_at.replace(microsecond=0)})
    store.replace(source, crashed)
    (due,) = store.due(until=utc_now(), limit=10)
    assert planned_fetch(crashed, due.due_at).job_id == made["last_job_id"]


def test_a_document_is_uploaded_processed_and_deleted_with_its_items(api: Api, cloud: Cloud) -> None:
    text = b"Tea is back."
    body = {"name": "tea.txt", "media_type": "text/plain", "size": len(text)}
    made = call(api, "POST", "/api/documents", body).json
    upload = made["upload"]
    put = requests.request(upload["method"], upload["url"], data=text, headers=upload["headers"], timeout=5)
    assert put.status_code == 200, put.text
    path = f"/api/documents/{made['document_id']}"
    document = DynamoDocuments("context", aws.dynamodb).get("acme", made["document_id"])
    assert document is not None
    s3 = boto3.client("s3")
    assert s3.get_object(Bucket="uploads", Key=document.object_key)["Body"].read() == text

    accepted = call(api, "POST", f"{path}/process")
    assert accepted.status == 202, accepted.text
    messages = boto3.client("sqs").receive_message(QueueUrl=cloud.queue_urls["scraping-high"])["Messages"]
    assert json.loads(messages[0]["Body"])["job_id"] == accepted.json["job_id"]
    assert call(api, "GET", path).json["state"] == "processing"
    assert call(api, "DELETE", path).status == 409

    call(api, "DELETE", f"/api/jobs/{accepted.json['job_id']}")
    read = {"state": DocumentState.READY, "items": 3}
    DynamoDocuments("context", aws.dynamodb).put(document.model_copy(update=read))
    items = DynamoItems("context", aws.dynamodb)
    for part in (1, 2, 3):
        item_id = part_id(document, part)
        item = an_item(utc_now(), item_id=item_id, origin="document", origin_id=document.document_id)
        items.save(item, marks=[item.item_id], expires_at=utc_now() + timedelta(days=1))
    assert len(call(api, "GET", "/api/context", query={"source": document.document_id}).json["items"]) == 3
    assert call(api, "DELETE", path, claims=RIVAL).status == 404
    assert call(api, "DELETE", path).status == 204
    assert call(api, "GET", "/api/context").json["items"] == []
    assert "Contents" not in s3.list_objects_v2(Bucket="uploads")
    assert call(api, "GET", "/api/documents").json["items"] == []


def test_items_are_listed_shown_and_deleted(api: Api) -> None:
    items = DynamoItems("context", aws.dynamodb)
    made = []
    for _ in range(3):
        item = an_item(utc_now(), item_id=new_id(utc_now()))
        items.save(item, marks=[item.item_id], expires_at=utc_now() + timedelta(days=1))
        made.append(item.item_id)
    for query in ({}, {"source": "source-1"}):
        first = call(api, "GET", "/api/context", query={"limit": "2", **query}).json
        second = call(api, "GET", "/api/context", query={**query, "cursor": first["next_cursor"]}).json
        assert [item["item_id"] for item in first["items"] + second["items"]] == sorted(made, reverse=True)
    assert call(api, "GET", f"/api/context/{made[0]}").json["text"] == "Tea outsold coffee last week."
    assert call(api, "DELETE", f"/api/context/{made[0]}").status == 204
    assert call(api, "GET", f"/api/context/{made[0]}").status == 404
