"""The job store on DynamoDB."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.shared.aws import classified
from functions.shared.clock import Clock, rfc3339
from functions.shared.jobs.job_item import from_item, to_item
from functions.shared.jobs.model import Job, JobStatus, JobType
from functions.shared.jobs.store import Conflict, DuplicateJob, DuplicateKey, IdempotencyKey, SlotTaken
from functions.shared.store import keys
from functions.shared.store.items import Item, Scalar, decode, encode
from functions.shared.store.transactions import ConditionFailed, transact, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_NEW = "attribute_not_exists(pk)"
_KEY_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class DynamoJobStore:
    """Implements JobStore. A write whose condition can fail is never sent by two routes."""

    table: str
    client: "Callable[[], DynamoDBClient]"
    clock: Clock
    retention: timedelta = field(default=timedelta(days=30))

    def admit(self, job: Job, *, key: IdempotencyKey | None = None) -> None:
        actions: list[TransactWriteItemTypeDef] = [{"Put": self._put_new(self._item(job))}]
        refusals: list[Callable[[], Exception]] = [lambda: DuplicateJob(job.job_id)]
        if key is not None:
            actions.append({"Put": self._put_key(job, key)})
            refusals.append(lambda: self._duplicate(job.org_id, key))
        if job.slot is not None:
            actions.append({"Put": self._put_new(self._slot_item(job))})
            refusals.append(lambda: SlotTaken(job.slot))
        try:
            with classified("admitting a job"):
                if len(actions) == 1:
                    write(lambda: self.client().put_item(**self._put_new(self._item(job))))
                else:
                    transact(self.client(), actions)
        except ConditionFailed as refused:
            raise refusals[refused.failed[0]]() from None

    def used_slots(self, org_id: str) -> dict[int, str]:
        with classified("reading slots"):
            answer = self.client().query(
                TableName=self.table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=encode({":pk": keys.slot(org_id, 0)["pk"]}),
                ConsistentRead=True,
            )
        items = [decode(item) for item in answer["Items"]]
        return {item["number"]: item["job_id"] for item in items}

    def refuse_duplicate(self, org_id: str, key: IdempotencyKey) -> None:
        stored = self._get(keys.idempotency_key(org_id, key.key))
        if stored is not None and decode(stored)["expires_at"] > self.clock().timestamp():
            raise self._duplicate(org_id, key)

    def get(self, org_id: str, job_id: str) -> Job | None:
        item = self._get(keys.job(org_id, job_id))
        return None if item is None or self._expired(item) else from_item(item)

    def replace(self, before: Job, after: Job) -> None:
        lease = before.lease_until
        if lease is None:
            self._replace(before, after, " AND attribute_not_exists(lease_until)", {})
        else:
            self._replace(before, after, " AND lease_until = :lease", {":lease": rfc3339(lease)})

    def settle(self, before: Job, after: Job) -> None:
        self._replace(before, after, "", {})

    def beat(self, job: Job, *, lease_until: datetime, progress: str | None) -> bool:
        values = {"lease_until": rfc3339(lease_until), "progress": progress}
        updated = self._update(job, values, returned="ALL_NEW")
        return "cancel_requested" in updated

    def request_cancel(self, job: Job) -> None:
        self._update(job, {"cancel_requested": True})

    def mark_dispatched(self, job: Job, *, at: datetime) -> None:
        self._update_if_unmoved(job, {"dispatched_at": rfc3339(at)})

    def postpone(self, job: Job, *, due_at: datetime) -> None:
        self._update_if_unmoved(job, {"due_at": rfc3339(due_at)})

    def due(self, shard: int, *, until: datetime, limit: int) -> list[tuple[str, str]]:
        with classified("reading due jobs"):
            answer = self.client().query(
                TableName=self.table,
                IndexName="due",
                KeyConditionExpression="due_shard = :shard AND due_at <= :until",
                ExpressionAttributeValues=encode({":shard": str(shard), ":until": rfc3339(until)}),
                Limit=limit,
            )
        found = [decode(item) for item in answer["Items"]]
        return [(item["pk"].removeprefix("ORG#"), item["sk"].removeprefix("JOB#")) for item in found]

    def newest(
        self,
        org_id: str,
        *,
        status: JobStatus | None = None,
        job_type: JobType | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[list[Job], str | None]:
        found: list[Job] = []
        request = self._newest_request(org_id, status, job_type, before)
        while len(found) <= limit:
            with classified("listing jobs"):
                answer = self.client().query(**request, Limit=max(limit + 1, 100))
            found += [from_item(item) for item in answer["Items"] if not self._expired(item)]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit], found[limit - 1].job_id if len(found) > limit else None

    def _newest_request(
        self, org_id: str, status: JobStatus | None, job_type: JobType | None, before: str | None
    ) -> dict[str, Any]:
        values: dict[str, Scalar] = {":pk": f"ORG#{org_id}", ":low": "JOB#", ":high": "JOB#~"}
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        filters = [(name, value) for name, value in (("status", status), ("type", job_type)) if value is not None]
        if filters:
            request["FilterExpression"] = " AND ".join(f"#{name} = :{name}" for name, _ in filters)
            request["ExpressionAttributeNames"] = {f"#{name}": name for name, _ in filters}
            values |= {f":{name}": value for name, value in filters}
        if before is not None:
            request["ExclusiveStartKey"] = encode(dict(keys.job(org_id, before)))
        return request | {"ExpressionAttributeValues": encode(values)}

    def _replace(self, before: Job, after: Job, more: str, values: dict[str, str]) -> None:
        cancel = "attribute_exists" if before.cancel_requested else "attribute_not_exists"
        put = {
            "TableName": self.table,
            "Item": self._item(after),
            "ConditionExpression": f"#status = :status AND attempt = :attempt AND {cancel}(cancel_requested){more}",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": encode({":status": before.status, ":attempt": before.attempt, **values}),
        }
        actions: list[Any] = [{"Put": put}]
        if before.slot is not None and after.slot is None:
            actions.append({"Delete": self._release(before)})
        elif before.slot is None and after.slot is not None:
            actions.append({"Put": self._put_new(self._slot_item(after))})
        try:
            with classified("writing a job"):
                if len(actions) == 1:
                    write(lambda: self.client().put_item(**put))  # type: ignore[arg-type]
                else:
                    transact(self.client(), actions)
        except ConditionFailed as refused:
            if refused.failed[0] == 0 or after.slot is None:
                raise Conflict(before.job_id) from None
            raise SlotTaken(after.slot) from None

    def _release(self, job: Job) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Key": encode(dict(keys.slot(job.org_id, job.slot or 0))),
            "ConditionExpression": "attribute_not_exists(pk) OR job_id = :job_id",
            "ExpressionAttributeValues": encode({":job_id": job.job_id}),
        }

    def _update(self, job: Job, values: Mapping[str, Scalar], *, returned: str = "NONE") -> dict[str, Any]:
        given = {name: value for name, value in values.items() if value is not None}
        try:
            with classified("updating a job"):
                answer = write(
                    lambda: self.client().update_item(
                        TableName=self.table,
                        Key=encode(dict(keys.job(job.org_id, job.job_id))),
                        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in given),
                        ConditionExpression="#status = :status AND attempt = :attempt",
                        ExpressionAttributeNames={"#status": "status"},
                        ExpressionAttributeValues=encode(
                            {":status": job.status, ":attempt": job.attempt, **_placeholders(given)}
                        ),
                        ReturnValues=returned,  # type: ignore[arg-type]
                    )
                )
        except ConditionFailed:
            raise Conflict(job.job_id) from None
        return decode(answer.get("Attributes", {}))

    def _update_if_unmoved(self, job: Job, values: Mapping[str, Scalar]) -> None:
        try:
            self._update(job, values)
        except Conflict:
            return

    def _get(self, key: keys.Key) -> Any:
        with classified("reading a job"):
            answer = self.client().get_item(TableName=self.table, Key=encode(dict(key)), ConsistentRead=True)
        return answer.get("Item")

    def _duplicate(self, org_id: str, key: IdempotencyKey) -> DuplicateKey:
        stored = decode(self._get(keys.idempotency_key(org_id, key.key)))
        return DuplicateKey(stored["job_id"], stored["fingerprint"])

    def _item(self, job: Job) -> Item:
        return to_item(job, retention=self.retention)

    def _slot_item(self, job: Job) -> Item:
        number = job.slot or 0
        return encode({**keys.slot(job.org_id, number), "number": number, "job_id": job.job_id})

    def _put_new(self, item: Item) -> Any:
        return {"TableName": self.table, "Item": item, "ConditionExpression": _NEW}

    def _put_key(self, job: Job, key: IdempotencyKey) -> Any:
        expires_at = int((job.created_at + _KEY_LIFETIME).timestamp())
        item = {**keys.idempotency_key(job.org_id, key.key), "job_id": job.job_id, "fingerprint": key.fingerprint}
        return {
            "TableName": self.table,
            "Item": encode({**item, "expires_at": expires_at}),
            "ConditionExpression": f"{_NEW} OR expires_at < :now",
            "ExpressionAttributeValues": encode({":now": int(job.created_at.timestamp())}),
        }

    def _expired(self, item: Any) -> bool:
        expires_at = decode(item).get("expires_at")
        return expires_at is not None and bool(expires_at < self.clock().timestamp())


def _placeholders(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {f":{name}": value for name, value in values.items()}
