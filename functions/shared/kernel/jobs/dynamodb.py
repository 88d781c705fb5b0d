"""The job store on DynamoDB."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import Clock, rfc3339
from functions.shared.kernel.jobs.first_claim import first_claim
from functions.shared.kernel.jobs.items import compact, from_item, to_item, turn_from_item, turn_to_item
from functions.shared.kernel.jobs.listing import JobListing, count_finished
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import Timing
from functions.shared.kernel.jobs.slots import holder_of
from functions.shared.kernel.jobs.store import (
    Admission,
    Conflict,
    DueCursor,
    DuplicateJob,
    DuplicateKey,
    IdempotencyKey,
    Refused,
    SlotTaken,
)
from functions.shared.kernel.jobs.turns import Turn
from functions.shared.kernel.notifications.dynamodb import put_actions
from functions.shared.kernel.notifications.job_failed import about_failure
from functions.shared.kernel.notifications.model import Notification
from functions.shared.kernel.notifications.outbox import put_new, read_wanted
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.batch import batch_get
from functions.shared.kernel.store.items import Item, Scalar, decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, transact, write

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

    def admit(self, job: Job, *, key: IdempotencyKey | None = None, slot_left_by: str | None = None) -> None:
        actions: list[TransactWriteItemTypeDef] = [{"Put": self._put_new(self._item(job))}]
        refusals: list[Callable[[], Exception]] = [lambda: DuplicateJob(job.job_id)]
        if key is not None:
            actions.append({"Put": self._put_key(job, key)})
            refusals.append(lambda: self._duplicate(job.org_id, key))
        if job.slot is not None:
            actions.append({"Put": self._take_slot(job, slot_left_by)})
            refusals.append(lambda: SlotTaken(job.slot))
        try:
            with classified("admitting a job"):
                if len(actions) == 1:
                    write(lambda: self.client().put_item(**self._put_new(self._item(job))))
                else:
                    transact(self.client(), actions)
        except ConditionFailed as refused:
            raise refusals[refused.failed[0]]() from None

    def admit_all(self, admissions: Sequence[Admission]) -> None:
        actions: list[TransactWriteItemTypeDef] = []
        for admission in admissions:
            job = admission.job
            actions.append({"Put": self._put_new(self._item(job))})
            if admission.key is not None:
                actions.append({"Put": self._put_key(job, admission.key)})
            if job.slot is not None:
                actions.append({"Put": self._take_slot(job, admission.slot_left_by)})
        try:
            with classified("admitting jobs"):
                transact(self.client(), actions)
        except ConditionFailed:
            raise Refused from None

    def known_keys(self, org_id: str, given: Sequence[IdempotencyKey]) -> dict[str, DuplicateKey]:
        wanted = {keys.idempotency_key(org_id, key.key)["sk"]: key.key for key in given}
        with classified("reading idempotency keys"):
            items = batch_get(
                self.client(), self.table, [encode(dict(keys.idempotency_key(org_id, key))) for key in wanted.values()]
            )
        found = [decode(item) for item in items if not self._expired(item)]
        return {wanted[item["sk"]]: DuplicateKey(item["job_id"], item["fingerprint"]) for item in found}

    def used_slots(self, org_id: str) -> dict[int, str]:
        with classified("reading slots"):
            answer = self.client().query(
                TableName=self.table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=encode({":pk": keys.slot(org_id, 0)["pk"]}),
                ConsistentRead=True,
            )
        items = [decode(item) for item in answer["Items"]]
        return {item["number"]: item["holder"] for item in items}

    def refuse_duplicate(self, org_id: str, key: IdempotencyKey) -> None:
        stored = self._get(keys.idempotency_key(org_id, key.key))
        if stored is not None and decode(stored)["expires_at"] > self.clock().timestamp():
            raise self._duplicate(org_id, key)

    def get(self, org_id: str, job_id: str) -> Job | None:
        item = self._get(keys.job(org_id, job_id))
        return None if item is None or self._expired(item) else from_item(item)

    def get_many(self, org_id: str, job_ids: Sequence[str]) -> list[Job]:
        wanted = [encode(dict(keys.job(org_id, job_id))) for job_id in job_ids]
        with classified("reading jobs"):
            items = batch_get(self.client(), self.table, wanted)
        jobs = {job.job_id: job for job in map(from_item, (item for item in items if not self._expired(item)))}
        return [jobs[job_id] for job_id in job_ids if job_id in jobs]

    def get_across(self, wanted: Sequence[tuple[str, str]]) -> list[Job]:
        with classified("reading jobs"):
            items = batch_get(self.client(), self.table, [encode(dict(keys.job(*each))) for each in set(wanted)])
        return [from_item(item) for item in items if not self._expired(item)]

    def replace(self, before: Job, after: Job, *, slot_left_by: str | None = None) -> None:
        if before.lease_until is None:
            put = self._put_after(before, after, " AND attribute_not_exists(lease_until)", {})
        else:
            put = self._put_after(before, after, " AND lease_until = :lease", {":lease": rfc3339(before.lease_until)})
        slot = [{"Put": self._take_slot(after, slot_left_by)}] if before.slot is None and after.slot is not None else []
        self._write_all([{"Put": put}, *slot], after)

    def settle(self, before: Job, after: Job, *, also: Notification | None = None) -> None:
        told = [] if also is None else put_actions(self.table, also, retention=self.retention)
        self._write_all([{"Put": self._put_after(before, after, "", {})}, *told], after)

    def wanted(self, org_id: str) -> frozenset[str]:
        return read_wanted(self.table, self.client(), org_id)

    def tell(self, notification: Notification) -> bool:
        return put_new(self.table, self.client(), notification, retention=self.retention)

    def beat(self, job: Job, *, lease_until: datetime, progress: str | None) -> bool:
        values = {"lease_until": rfc3339(lease_until), "progress": progress}
        updated = self._update(job, values, returned="ALL_NEW")
        return "cancel_requested" in updated

    def request_cancel(self, job: Job) -> None:
        self._update(job, {"cancel_requested": True})

    def mark_dispatched(self, job: Job, *, at: datetime, resends: int = 0) -> None:
        self._update_if_unmoved(job, {"dispatched_at": rfc3339(at), "resends": resends or None})

    def mark_unsent(self, job: Job) -> None:
        self._update_if_unmoved(job, {}, removed=("dispatched_at",))

    def claim_first(self, org_id: str, job_id: str, *, at: datetime, owner: str, timing: Timing) -> Job | None:
        with classified("claiming a job"):
            request = first_claim(self.table, keys.job(org_id, job_id), at=at, owner=owner, timing=timing)
            try:
                answer = write(lambda: self.client().update_item(**request))
            except ConditionFailed:
                return None
        return from_item(answer["Attributes"])

    def mark_dead_lettered(self, job: Job, token: str) -> None:
        self._update_if_unmoved(job, {"letters": compact({**job.letters, token: ""})})

    def postpone(self, job: Job, *, due_at: datetime) -> None:
        self._update_if_unmoved(job, {"due_at": rfc3339(due_at)})

    def due(
        self, shard: int, *, until: datetime, limit: int, after: DueCursor | None = None
    ) -> tuple[list[tuple[str, str]], DueCursor | None]:
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "due",
            "KeyConditionExpression": "due_shard = :shard AND due_at <= :until",
            "ExpressionAttributeValues": encode({":shard": str(shard), ":until": rfc3339(until)}),
            "Limit": limit,
        }
        if after is not None:
            request["ExclusiveStartKey"] = after
        with classified("reading due jobs"):
            answer = self.client().query(**request)
        found = map(decode, answer["Items"])
        due = [(item["pk"].removeprefix("ORG#"), item["sk"].removeprefix("JOB#")) for item in found]
        return due, answer.get("LastEvaluatedKey")

    def note_turn(self, lane: str, org_id: str | None, turn: Turn) -> None:
        with classified("noting a turn"):
            self.client().put_item(TableName=self.table, Item=turn_to_item(keys.turn(lane, org_id), turn))

    def turns(self, lane: str, org_id: str) -> tuple[Turn | None, Turn | None]:
        wanted = [keys.turn(lane, org_id), keys.turn(lane, None)]
        with classified("reading turns"):
            items = batch_get(self.client(), self.table, [encode(dict(key)) for key in wanted])
        found = {item["pk"]["S"]: turn_from_item(item) for item in items}
        own, whole = (found.get(key["pk"]) for key in wanted)
        return own, whole

    def active(self, org_id: str) -> list[str]:
        return JobListing(self.table, self.client, self.get_many, self._expired).active(org_id)

    def count_finished(self, org_id: str, status: JobStatus, *, since: datetime) -> int:
        return count_finished(self.table, self.client(), org_id, status, since=since)

    def newest(
        self,
        org_id: str,
        *,
        status: JobStatus | None = None,
        job_type: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[list[Job], str | None]:
        listing = JobListing(self.table, self.client, self.get_many, self._expired)
        return listing.newest(org_id, status=status, job_type=job_type, limit=limit, before=before)

    def _put_after(self, before: Job, after: Job, more: str, values: dict[str, str]) -> Any:
        cancel = "attribute_exists" if before.cancel_requested else "attribute_not_exists"
        return {
            "TableName": self.table,
            "Item": self._item(after),
            "ConditionExpression": f"#status = :status AND attempt = :attempt AND {cancel}(cancel_requested){more}",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": encode({":status": before.status, ":attempt": before.attempt, **values}),
        }

    def _write_all(self, actions: Any, after: Job) -> None:
        """Write the job, and with it what else changes. The job's own condition comes first.

        A failure is written together with its notification, so that no crash parts them.
        """
        if after.status is JobStatus.FAILED and not after.quiet:
            actions = [*actions, *put_actions(self.table, about_failure(after), retention=self.retention)]
        try:
            with classified("writing a job"):
                if len(actions) == 1:
                    write(lambda: self.client().put_item(**actions[0]["Put"]))
                else:
                    transact(self.client(), actions)
        except ConditionFailed as refused:
            if refused.failed[0] == 0:
                raise Conflict(after.job_id) from None
            raise SlotTaken(after.slot) from None

    def _update(
        self, job: Job, values: Mapping[str, Scalar], *, removed: Sequence[str] = (), returned: str = "NONE"
    ) -> dict[str, Any]:
        given = {name: value for name, value in values.items() if value is not None}
        changes = "SET " + ", ".join(f"{name} = :{name}" for name in given) if given else ""
        removals = f" REMOVE {', '.join(removed)}" if removed else ""
        try:
            with classified("updating a job"):
                answer = write(
                    lambda: self.client().update_item(
                        TableName=self.table,
                        Key=encode(dict(keys.job(job.org_id, job.job_id))),
                        UpdateExpression=(changes + removals).strip(),
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

    def _update_if_unmoved(self, job: Job, values: Mapping[str, Scalar], *, removed: Sequence[str] = ()) -> None:
        try:
            self._update(job, values, removed=removed)
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

    def _take_slot(self, job: Job, left_by: str | None) -> Any:
        number = job.slot or 0
        holder = holder_of(job.job_id, job.attempt)
        put = self._put_new(encode({**keys.slot(job.org_id, number), "number": number, "holder": holder}))
        if left_by is None:
            return put
        left = {":left_by": left_by}
        return put | {"ConditionExpression": "holder = :left_by", "ExpressionAttributeValues": encode(left)}

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
