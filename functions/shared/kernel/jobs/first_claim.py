"""The one conditional write that claims a job which never ran, without reading it first. Decision 0041."""

from datetime import datetime
from typing import Any

from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.jobs.items import attempts_text
from functions.shared.kernel.jobs.model import Attempt, JobStatus
from functions.shared.kernel.jobs.policy import Timing
from functions.shared.kernel.store.items import Scalar, encode
from functions.shared.kernel.store.keys import Key

_FIRST = 1
# What `is_first_claim` asks, as DynamoDB has it: an item without an attribute fails every comparison with it.
_CONDITION = (
    "#status = :queued AND attempt = :first AND attribute_not_exists(attempts) AND due_at <= :lease_until"
    " AND (attribute_not_exists(not_before) OR not_before <= :now)"
)
# What `transitions.claimed` makes of the item.
_UPDATE = (
    "SET #status = :processing, updated_at = :now, lease_until = :lease_until, #owner = :owner, attempts = :attempts"
    " REMOVE not_before"
)


def first_claim(table: str, key: Key, *, at: datetime, owner: str, timing: Timing) -> Any:
    """The arguments of UpdateItem, whose answer is the item as it was before."""
    values: dict[str, Scalar] = {
        ":queued": JobStatus.QUEUED,
        ":processing": JobStatus.PROCESSING,
        ":first": _FIRST,
        ":now": rfc3339(at),
        ":lease_until": rfc3339(at + timing.lease),
        ":owner": owner,
        ":attempts": attempts_text((Attempt(number=_FIRST, started_at=at),)),
    }
    return {
        "TableName": table,
        "Key": encode(dict(key)),
        "ConditionExpression": _CONDITION,
        "UpdateExpression": _UPDATE,
        "ExpressionAttributeNames": {"#status": "status", "#owner": "owner"},
        "ExpressionAttributeValues": encode(values),
        "ReturnValues": "ALL_OLD",
    }
