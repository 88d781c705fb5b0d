"""Writes that may meet another transaction on the same item: tried again in place, with jitter."""

import random
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

Result = TypeVar("Result")

_TRIES = 6
_FIRST_PAUSE_SECONDS = 0.02


class ConditionFailed(Exception):
    """Conditions of a write did not hold; `failed` are the positions of its actions that failed."""

    def __init__(self, failed: tuple[int, ...]) -> None:
        super().__init__(f"conditions failed at {failed}")
        self.failed = failed


def transact(client: "DynamoDBClient", actions: "Sequence[TransactWriteItemTypeDef]") -> None:
    """Write all or nothing. Raises ConditionFailed; any other reason to cancel comes as botocore's error."""
    write(lambda: client.transact_write_items(TransactItems=actions))


def write(call: Callable[[], Result]) -> Result:
    """Make a conditional write, again while it conflicts with a transaction. Raises ConditionFailed."""
    for number in range(_TRIES):
        try:
            return call()
        except ClientError as error:
            codes = _reasons(error)
            failed = tuple(position for position, code in enumerate(codes) if code == "ConditionalCheckFailed")
            if failed:
                raise ConditionFailed(failed) from None
            if number == _TRIES - 1 or not any("Conflict" in code for code in codes):
                raise
            time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**number))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def _reasons(error: ClientError) -> list[str]:
    """Why each action was refused, in the order of the request; `None` for those that were not."""
    response = error.response
    reasons = response.get("CancellationReasons")
    if isinstance(reasons, list):
        return [str(reason.get("Code", "None")) for reason in reasons]
    return [response["Error"]["Code"].removesuffix("Exception")]
