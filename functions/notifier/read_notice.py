"""Reads what the notices queue holds; what makes no sense goes to the dead-letter queue as fast as SQS lets it."""

from collections.abc import Callable

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError

from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.visibility import hide


def read_notice(record: SQSRecord, *, hide: Callable[[SQSRecord, int], None] = hide) -> NoticeMessage:
    """The pointer in a record's body. PermanentError when it makes no sense: the record is then visible at once."""
    try:
        return NoticeMessage.model_validate_json(record.body)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, each["loc"])) or "body" for each in error.errors()}))
        log.error("message refused", action="message_refused", message_id=record.message_id, fields=fields)
        hide(record, 0)
        raise PermanentError(f"malformed message of the notices queue: {fields}") from None
