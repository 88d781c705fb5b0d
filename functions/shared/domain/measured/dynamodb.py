"""Metrics on DynamoDB: what a job read of a post is one transaction, with everything it adds up to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from functions.shared.domain import keys
from functions.shared.domain.measured import items
from functions.shared.domain.measured.forget import oldest_month, remembered
from functions.shared.domain.measured.model import Arm, Dimension, Measured, MonthlyArm, Snapshot, Standing, Totals
from functions.shared.domain.measured.store import MOST_ARMS, MOST_TOPICS, Recorded
from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.notifications.model import Notification
from functions.shared.kernel.notifications.outbox import Outbox
from functions.shared.kernel.store.batch import batch_get, query_all, query_prefix
from functions.shared.kernel.store.items import encode
from functions.shared.kernel.store.transactions import ConditionFailed, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoMetrics:
    """Implements MetricsStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"
    most_topics: int = MOST_TOPICS
    outbox: Outbox | None = None

    def get(self, org_id: str, post_id: str) -> Measured | None:
        with classified("reading a post's metrics"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.measured(org_id, post_id))), ConsistentRead=True
            )
        return items.measured(answer["Item"]) if "Item" in answer else None

    def many(self, org_id: str, post_ids: Sequence[str]) -> dict[str, Measured]:
        wanted = [encode(dict(keys.measured(org_id, post_id))) for post_id in dict.fromkeys(post_ids)]
        with classified("reading posts' metrics"):
            found = [items.measured(item) for item in batch_get(self.client(), self.table, wanted)]
        return {post.post_id: post for post in found}

    def record(
        self,
        before: Measured | None,
        after: Measured,
        snapshot: Snapshot | None,
        *,
        gained: Mapping[tuple[date, Dimension, str], Totals],
        learned: Sequence[MonthlyArm],
        expires_at: datetime,
        also: Notification | None = None,
    ) -> Measured:
        stored = after.model_copy(update={"version": (before.version if before else 0) + 1})
        expiry = int(expires_at.timestamp())
        actions: list[Any] = [
            items.replacement(before, stored, expiry=expiry),
            items.publication(stored, expiry=expiry),
        ]
        if snapshot is not None:
            actions.append(items.new_snapshot(after.org_id, after.post_id, snapshot, expiry=expiry))
        actions += [
            items.rollup(after.org_id, *of, more, expiry=expiry) for of, more in gained.items() if more != Totals()
        ]
        actions += [items.arm(after.org_id, arm) for arm in learned]
        told = self.outbox.actions(also) if also is not None and self.outbox is not None else []
        try:
            with classified("recording a post's metrics"):
                transact(self.client(), [*(_in_table(self.table, action) for action in actions), *told])
        except ConditionFailed:
            raise Recorded(after.post_id) from None
        return stored

    def series(self, org_id: str, post_id: str) -> list[Snapshot]:
        found = query_prefix(self.client(), self.table, keys.snapshot(org_id, post_id, ""), "reading a post's series")
        return sorted((items.snapshot(item) for item in found), key=lambda snapshot: snapshot.taken_at)

    def standings(self, org_id: str, *, since: datetime, until: datetime) -> list[Standing]:
        low, high = (keys.publication(org_id, rfc3339(at), "")["sk"].removesuffix("#") for at in (since, until))
        found = self._between(keys.publication(org_id, "", "")["pk"], low, high)
        return [items.standing(item) for item in found if "document" in item]

    def totals(
        self, org_id: str, *, first: date, last: date, detailed: bool = False
    ) -> dict[tuple[date, Dimension, str], Totals]:
        found: list[Any] = []
        for dimension in (Dimension.ALL, Dimension.HOUR) if detailed else (Dimension.ALL,):
            low, high = (keys.rollup(org_id, day.isoformat(), dimension, "") for day in (first, last))
            # "$" is the character after "#": the range ends behind everything of the last day.
            found += self._between(low["pk"], low["sk"], high["sk"].removesuffix(f"#{dimension}#") + "$")
        return dict(items.totals(item) for item in found)

    def arms(self, org_id: str, *, at: datetime) -> list[Arm]:
        others = self._monthly(org_id, Dimension.ALL, at, MOST_ARMS)
        topics = self._monthly(org_id, Dimension.TOPIC, at, self.most_topics)
        return remembered([*others, *topics], at)

    def _monthly(self, org_id: str, dimension: Dimension, at: datetime, most: int) -> list[MonthlyArm]:
        """The arms of the partition that begins with this dimension, those of the newest months first."""
        low, high = (keys.arm(org_id, month, dimension, "", "") for month in (oldest_month(at).isoformat(), "9"))
        found = self._between(low["pk"], low["sk"], high["sk"], ScanIndexForward=False, Limit=most)
        return [items.read_arm(item) for item in found[:most]]

    def _between(self, pk: str, low: str, high: str, **how: Any) -> list[Any]:
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
            "ExpressionAttributeValues": encode({":pk": pk, ":low": low, ":high": high}),
            "ConsistentRead": True,
            **how,
        }
        return query_all(self.client(), request, "reading metrics")


def _in_table(table: str, action: Mapping[str, Mapping[str, Any]]) -> Any:
    ((kind, what),) = action.items()
    return {kind: {"TableName": table, **what}}
