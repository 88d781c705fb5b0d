"""Calls by their key on DynamoDB, in the `jobs` table. Decision 0036."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.api.once.store import Kept
from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.store import keys
from functions.shared.kernel.store.items import Scalar, decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DynamoAnswers:
    """Implements AnswerStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def begin(self, org_id: str, name: str, call: Kept, *, now: datetime) -> Kept:
        item: dict[str, Scalar] = {
            **keys.answer(org_id, name),
            "fingerprint": call.fingerprint,
            "begun_at": rfc3339(call.begun_at),
            "until": rfc3339(call.until),
            "expires_at": int((call.begun_at + _KEPT_FOR).timestamp()),
        }
        put: Any = {
            "TableName": self.table,
            "Item": encode(item),
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
            "ExpressionAttributeValues": encode({":now": int(now.timestamp())}),
        }
        with classified("taking a call in"):
            try:
                write(lambda: self.client().put_item(**put))
            except ConditionFailed:
                return self._taken_over(org_id, name, call, now)
        return replace(call, mine=True)

    def finish(self, org_id: str, name: str, answer: Mapping[str, object]) -> None:
        self._update(org_id, name, "SET answer = :answer", {":answer": json.dumps(answer)})

    def give_back(self, org_id: str, name: str, *, now: datetime) -> None:
        self._update(org_id, name, "SET #until = :until", {":until": rfc3339(now)}, names={"#until": "until"})

    def forget(self, org_id: str, name: str) -> None:
        with classified("forgetting a call"):
            self.client().delete_item(TableName=self.table, Key=encode(dict(keys.answer(org_id, name))))

    def _taken_over(self, org_id: str, name: str, call: Kept, now: datetime) -> Kept:
        kept = self._stored(org_id, name)
        if kept.answer is not None or kept.until > now or kept.fingerprint != call.fingerprint:
            return kept
        try:
            self._update(
                org_id,
                name,
                "SET #until = :until",
                {":until": rfc3339(call.until), ":seen": rfc3339(kept.until)},
                names={"#until": "until"},
                condition="#until = :seen AND attribute_not_exists(answer)",
            )
        except ConditionFailed:
            return self._stored(org_id, name)
        return replace(kept, until=call.until, mine=True)

    def _stored(self, org_id: str, name: str) -> Kept:
        with classified("reading a call"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.answer(org_id, name))), ConsistentRead=True
            )
        if "Item" not in answer:
            raise TransientError("the first call of this Idempotency-Key just ended; try again")
        item = decode(answer["Item"])
        return Kept(
            fingerprint=item["fingerprint"],
            begun_at=datetime.fromisoformat(item["begun_at"]),
            until=datetime.fromisoformat(item["until"]),
            answer=json.loads(item["answer"]) if "answer" in item else None,
        )

    def _update(
        self,
        org_id: str,
        name: str,
        change: str,
        values: dict[str, str],
        *,
        names: dict[str, str] | None = None,
        condition: str = "attribute_exists(pk)",
    ) -> None:
        request: dict[str, Any] = {
            "TableName": self.table,
            "Key": encode(dict(keys.answer(org_id, name))),
            "UpdateExpression": change,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": encode(dict(values)),
        }
        if names:
            request["ExpressionAttributeNames"] = names
        with classified("keeping a call"):
            write(lambda: self.client().update_item(**request))
