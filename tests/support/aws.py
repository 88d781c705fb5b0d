"""The deployment's tables and queues on moto, with the keys and settings the stack gives them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import boto3

from functions.shared.domain.job_kinds import KINDS

TABLES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "jobs": (
        ("due", "due_shard", "due_at"),
        ("by_type", "org_type", "sk"),
        ("by_status", "org_status", "sk"),
        ("by_status_type", "org_status_type", "sk"),
    ),
    "content_metadata": (
        ("family", "family", "content_id"),
        ("published", "account", "published_at"),
        ("publications", "org_publications", "publication"),
    ),
    "accounts": (("due", "due_shard", "due_at"),),
    "context": (("due", "due_shard", "due_at"), ("by_origin", "origin", "sk")),
    "metrics": (),
}
_KEYS_ONLY = ("due", "publications")
LANES = sorted({f"{kind.family}{suffix}" for kind in KINDS.values() for suffix in ("", "-high")})
MAX_RECEIVE_COUNT = 5
TIMERS = {
    "SCHEDULE_GROUP": "schedules",
    "SCHEDULE_TARGET": "arn:aws:lambda:us-east-1:123456789012:function:scheduler_tick",
    "SCHEDULE_ROLE": "arn:aws:iam::123456789012:role/timers",
    "SCHEDULE_DEAD_LETTERS": "arn:aws:sqs:us-east-1:123456789012:missed",
}
# What expressions are made of.
_SYNTAX = frozenset({"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"})


@dataclass(frozen=True)
class Cloud:
    """Names of what was made."""

    queue_urls: dict[str, str]
    dead_letter_urls: dict[str, str]
    bucket: str = "site"


def make_cloud() -> Cloud:
    """Create every table, queue and bucket; call inside `mock_aws`."""
    make_tables()
    sqs = boto3.client("sqs")
    urls, dead = {}, {}
    for lane in LANES:
        dead[lane] = sqs.create_queue(QueueName=f"{lane}-dlq")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead[lane], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
        attributes: Any = {"RedrivePolicy": policy, "VisibilityTimeout": "1800"}
        urls[lane] = sqs.create_queue(QueueName=lane, Attributes=attributes)["QueueUrl"]
    for bucket in ("site", "uploads"):
        boto3.client("s3").create_bucket(Bucket=bucket)
    boto3.client("scheduler").create_schedule_group(Name=TIMERS["SCHEDULE_GROUP"])
    return Cloud(urls, dead)


def api_environ(cloud: Cloud) -> dict[str, str]:
    """What the stack tells the API, with a cap of three active jobs."""
    return {
        "JOBS_TABLE": "jobs",
        "CONTENT_METADATA_TABLE": "content_metadata",
        "ACCOUNTS_TABLE": "accounts",
        "CONTEXT_TABLE": "context",
        "METRICS_TABLE": "metrics",
        "UPLOADS_BUCKET": "uploads",
        "ACCOUNT_SECRET_PREFIX": "flywheel/accounts/",
        "WEBHOOK_SECRET_PREFIX": "flywheel/webhooks/",
        "QUEUE_URLS": json.dumps(cloud.queue_urls),
        **TIMERS,
        "DEAD_LETTER_NAMES": json.dumps({lane: url.rpartition("/")[2] for lane, url in cloud.dead_letter_urls.items()}),
        "ACTIVE_JOBS_PER_ORG": "3",
    }


def make_tables() -> None:
    """Create the tables; clients made from now on refuse what DynamoDB would refuse and moto does not."""
    client = boto3.client("dynamodb")
    events = client.meta.events if boto3.DEFAULT_SESSION is None else boto3.DEFAULT_SESSION.events
    events.register("provide-client-params.dynamodb.*", _refuse_reserved_words, unique_id="reserved-words")
    for name, indexes in TABLES.items():
        attributes = sorted({"pk", "sk"}.union(*(index[1:] for index in indexes)))
        more: dict[str, Any] = {}
        if indexes:
            more["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": index,
                    "KeySchema": _schema(partition, sort),
                    "Projection": {"ProjectionType": "KEYS_ONLY" if name == "jobs" or index in _KEYS_ONLY else "ALL"},
                }
                for index, partition, sort in indexes
            ]
        client.create_table(
            TableName=name,
            KeySchema=_schema("pk", "sk"),
            AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in attributes],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )


def _schema(partition: str, sort: str) -> list[Any]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _refuse_reserved_words(params: Mapping[str, Any], **_: object) -> None:
    """Attributes are not named by DynamoDB's reserved words: moto looks for them in updates alone."""
    for expression in _expressions(params):
        names = re.findall(r"(?<![#:\w])[A-Za-z_]\w*(?! *\()", expression)
        reserved = {name for name in names if name.upper() in _reserved_words()} - _SYNTAX
        assert not reserved, f"{reserved} in {expression}"


def _expressions(params: Mapping[str, Any]) -> Iterator[str]:
    for name, value in params.items():
        if name.endswith("Expression") and isinstance(value, str):
            yield value
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from _expressions(part)


@cache
def _reserved_words() -> frozenset[str]:
    return frozenset((files("moto") / "dynamodb/parsing/reserved_keywords.txt").read_text().split())
