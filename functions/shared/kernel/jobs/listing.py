"""Lists an organisation's jobs, newest first, with one query whatever the filter.

| filter                       | index                                   |
|------------------------------|-----------------------------------------|
| none                         | the table itself                        |
| type                         | `by_type`, written at admission         |
| a terminal status            | `by_status`, written at the end         |
| a terminal status and a type | `by_status_type`, written at the end    |
| queued or processing         | `due`, which holds the active jobs only |

The indexes hold keys alone; the jobs are then read, and those that have changed meanwhile left out. Decision 0008.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import least_id
from functions.shared.kernel.jobs.items import from_item
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.store import due_shard
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.batch import query_all
from functions.shared.kernel.store.items import decode, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_ACTIVE_AT_ONCE = 100
_INDEXES = {"by_type": "org_type", "by_status": "org_status", "by_status_type": "org_status_type"}


@dataclass(frozen=True, slots=True)
class JobListing:
    """Queries the jobs table; `read` gives those jobs of an organisation that exist and are not expired."""

    table: str
    client: "Callable[[], DynamoDBClient]"
    read: Callable[[str, Sequence[str]], list[Job]]
    is_expired: Callable[[Any], bool]

    def newest(
        self, org_id: str, *, status: JobStatus | None, job_type: str | None, limit: int, before: str | None
    ) -> tuple[list[Job], str | None]:
        """One page, and the job id to continue before."""
        if status is not None and not status.is_terminal:
            return self._active(org_id, status, job_type, limit, before)
        request = self._request(org_id, status, job_type, limit, before)
        items = [
            item for item in query_all(self.client(), request, "listing jobs") if item["sk"]["S"] != _sk(org_id, before)
        ][: limit + 1]
        ids = [decode(item)["sk"].removeprefix("JOB#") for item in items[:limit]]
        jobs = (
            self.read(org_id, ids)
            if "IndexName" in request
            else [from_item(item) for item in items[:limit] if not self.is_expired(item)]
        )
        return [job for job in jobs if _fits(job, status, job_type)], ids[-1] if len(items) > limit else None

    def _request(
        self, org_id: str, status: JobStatus | None, job_type: str | None, limit: int, before: str | None
    ) -> dict[str, Any]:
        """A query that gives one entry more than `limit`, and the one it starts at."""
        group, where = f"ORG#{org_id}", "pk"
        request: dict[str, Any] = {"TableName": self.table, "ScanIndexForward": False, "Limit": limit + 2}
        if status is not None or job_type is not None:
            index = "by_status_type" if status and job_type else "by_status" if status else "by_type"
            group, where = "#".join(filter(None, (org_id, status, job_type))), _INDEXES[index]
            request["IndexName"] = index
        values = {":group": group, ":low": "JOB#", ":high": _sk(org_id, before) or "JOB#~"}
        request["KeyConditionExpression"] = f"{where} = :group AND sk BETWEEN :low AND :high"
        return request | {"ExpressionAttributeValues": encode(values)}

    def active(self, org_id: str) -> list[str]:
        """The ids of the organisation's active jobs, in no order."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "due",
            "KeyConditionExpression": "due_shard = :shard",
            "FilterExpression": "pk = :pk",
            "ProjectionExpression": "sk",
            "ExpressionAttributeValues": encode({":shard": str(due_shard(org_id)), ":pk": f"ORG#{org_id}"}),
        }
        items = query_all(self.client(), request, "listing jobs")
        return [decode(item)["sk"].removeprefix("JOB#") for item in items]

    def _active(
        self, org_id: str, status: JobStatus, job_type: str | None, limit: int, before: str | None
    ) -> tuple[list[Job], str | None]:
        ids = sorted((job_id for job_id in self.active(org_id) if before is None or job_id < before), reverse=True)
        found: list[Job] = []
        for start in range(0, len(ids), _ACTIVE_AT_ONCE):
            jobs = self.read(org_id, ids[start : start + _ACTIVE_AT_ONCE])
            found += [job for job in jobs if _fits(job, status, job_type)]
            if len(found) > limit:
                return found[:limit], found[limit - 1].job_id
        return found, None


def count_finished(table: str, client: "DynamoDBClient", org_id: str, status: JobStatus, *, since: datetime) -> int:
    """How many jobs admitted since then ended in this status: 100 bytes are read for each, and no job itself."""
    values = {":group": f"{org_id}#{status}", ":low": keys.job(org_id, least_id(since))["sk"], ":high": "JOB#~"}
    request: dict[str, Any] = {
        "TableName": table,
        "IndexName": "by_status",
        "Select": "COUNT",
        "KeyConditionExpression": "org_status = :group AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": encode(values),
    }
    counted = 0
    while True:
        with classified("counting jobs"):
            answer = client.query(**request)
        counted += answer["Count"]
        if "LastEvaluatedKey" not in answer:
            return counted
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _sk(org_id: str, job_id: str | None) -> str | None:
    return None if job_id is None else keys.job(org_id, job_id)["sk"]


def _fits(job: Job, status: JobStatus | None, job_type: str | None) -> bool:
    return status in (None, job.status) and job_type in (None, job.type)
