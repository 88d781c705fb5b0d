"""The index of what is due, on DynamoDB. Decision 0021."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.shared.domain import keys
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.due.items import SHARDS, shard_name, shard_of
from functions.shared.domain.due.model import Due, Plan, first_counts, next_counts, next_pages
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.store.batch import batch_get, query_prefix
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.keys import Key
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_PAGE = 100
_TAKEN_IN_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class DynamoDue:
    """Implements DueStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def due(self, plan: Plan, *, until: datetime) -> Iterator[list[Due]]:
        waiting: deque[tuple[int, Any]] = deque((shard, None) for shard in range(SHARDS))
        while waiting:
            shard, cursor = waiting.popleft()
            request: dict[str, Any] = {
                "TableName": self.table,
                "IndexName": "due",
                "KeyConditionExpression": "due_shard = :shard AND due_at <= :until",
                "ExpressionAttributeValues": encode({":shard": shard_name(plan, shard), ":until": rfc3339(until)}),
                "Limit": _PAGE,
            }
            if cursor is not None:
                request["ExclusiveStartKey"] = cursor
            with classified("reading what is due"):
                answer = self.client().query(**request)
            if answer["Items"]:
                yield self._read(plan, answer["Items"], until)
            if "LastEvaluatedKey" in answer:
                waiting.append((shard, answer["LastEvaluatedKey"]))

    def move_on(self, times: Mapping[Due, datetime], jobs: Mapping[Due, str]) -> None:
        for due, to in times.items():
            self._move_on(due, to, jobs.get(due))

    def take_in(self, *, now: datetime) -> int:
        mark = keys.due_intake()
        with classified("reading how far organisations were taken in"):
            answer = self.client().get_item(TableName=self.table, Key=encode(dict(mark)), ConsistentRead=True)
        kept = decode(answer.get("Item", {}))
        if kept.get("is_over"):
            return 0
        organisations, last = self._some_organisations(kept.get("last") or None)
        for organisation in organisations:
            self._take_in(organisation, now)
        self._note(mark, last)
        return len(organisations)

    def _note(self, mark: Key, last: str | None) -> None:
        with classified("noting how far organisations were taken in"):
            self.client().update_item(
                TableName=self.table,
                Key=encode(dict(mark)),
                UpdateExpression="SET #last = :last, is_over = :is_over",
                ExpressionAttributeNames={"#last": "last"},
                ExpressionAttributeValues=encode({":last": last or "", ":is_over": last is None}),
            )

    def _read(self, plan: Plan, entries: Any, until: datetime) -> list[Due]:
        """What the index named, as the table has it: the index is a moment late."""
        wanted = [{"pk": entry["pk"], "sk": entry["sk"]} for entry in entries]
        with classified("reading what is due"):
            items = [decode(item) for item in batch_get(self.client(), self.table, wanted)]
        is_due = [item for item in items if item.get("due_at", "~") <= rfc3339(until)]
        return [_due(plan, item) for item in sorted(is_due, key=lambda item: (item["due_at"], item["pk"], item["sk"]))]

    def _move_on(self, due: Due, to: datetime, job_id: str | None) -> None:
        values = {":to": rfc3339(to), ":seen": rfc3339(due.due_at), ":job": job_id}
        request: dict[str, Any] = {
            "TableName": self.table,
            "Key": encode(dict(_key(due))),
            "UpdateExpression": "SET due_at = :to" + (", last_job_id = :job" if job_id else ""),
            "ConditionExpression": "due_at = :seen",
            "ExpressionAttributeValues": encode(values),
        }
        with classified("storing when something is due"), suppress(ConditionFailed):
            write(lambda: self.client().update_item(**request))

    def _some_organisations(self, after: str | None) -> tuple[list[Organisation], str | None]:
        """The next organisations by key, and the last one's key if there are more."""
        prefix = keys.organisation("")
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk > :after",
            "ExpressionAttributeValues": encode({":pk": prefix["pk"], ":after": after or prefix["sk"]}),
            "Limit": _TAKEN_IN_AT_ONCE,
        }
        with classified("listing organisations"):
            answer = self.client().query(**request)
        found = [decode(item) for item in answer["Items"]]
        organisations = [Organisation.model_validate_json(item["document"]) for item in found]
        return organisations, found[-1]["sk"] if "LastEvaluatedKey" in answer else None

    def _take_in(self, organisation: Organisation, now: datetime) -> None:
        org_id = organisation.org_id
        self._enter(keys.organisation(org_id), shard_of(Plan.PAGES, org_id), next_pages(now))
        for item in query_prefix(self.client(), self.table, keys.account(org_id, ""), "listing accounts"):
            account = Account.model_validate_json(decode(item)["document"])
            first = first_counts(account)
            if first is not None:
                key = keys.account(org_id, account.account_id)
                self._enter(key, shard_of(Plan.COUNTS, org_id), next_counts(first, now=now))

    def _enter(self, key: Key, shard: str, at: datetime) -> None:
        request: dict[str, Any] = {
            "TableName": self.table,
            "Key": encode(dict(key)),
            "UpdateExpression": "SET due_shard = :shard, due_at = :at",
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(due_at)",
            "ExpressionAttributeValues": encode({":shard": shard, ":at": rfc3339(at)}),
        }
        with classified("taking into the index of what is due"), suppress(ConditionFailed):
            write(lambda: self.client().update_item(**request))


def _key(due: Due) -> Key:
    if due.account is None:
        return keys.organisation(due.org_id)
    return keys.account(due.org_id, due.account.account_id)


def _due(plan: Plan, item: Mapping[str, Any]) -> Due:
    due_at, last = datetime.fromisoformat(item["due_at"]), item.get("last_job_id")
    if plan is Plan.PAGES:
        return Due(plan, Organisation.model_validate_json(item["document"]).org_id, due_at, None, last)
    account = Account.model_validate_json(item["document"])
    return Due(plan, account.org_id, due_at, account, last)
