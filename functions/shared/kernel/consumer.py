"""Consumes a batch of an SQS event source: each record alone, failures reported one by one."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from functions.shared.kernel import visibility
from functions.shared.kernel.errors import FlywheelError, PermanentError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import describe_problems
from functions.shared.kernel.jobs.run import Delivery, Handlers, Verdict, run
from functions.shared.kernel.jobs.telemetry import tell_dead_lettered
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import JobMessage

Hide = Callable[[SQSRecord, int], None]
"""Makes a record visible again after so many seconds."""

Read = Callable[[SQSRecord], JobMessage | None]
"""Reads a record's message; None when the record is dealt with already. PermanentError when it makes no sense."""

MAX_RECEIVE_COUNT = 5
"""After so many deliveries the redrive policy moves a message to the dead-letter queue."""

_FIRST_RETRY_SECONDS = 10
_LONGEST_RETRY_SECONDS = 300


class DeadLettered(Exception):
    """Reports a record as failed, so that SQS's own redrive policy moves it to the dead-letter queue."""


def consume(
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    handlers: Handlers,
    engine: Engine,
    read: "Read | None" = None,
    hide: "Hide | None" = None,
) -> dict[str, Any]:
    """Run the job of each record; the answer names the records SQS must deliver again or dead-letter."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    one = partial(
        consume_record,
        deadline=engine.clock() + timedelta(milliseconds=context.get_remaining_time_in_millis()),
        handlers=handlers,
        engine=engine,
        read=read or read_pointer,
        hide=hide or visibility.hide,
    )

    def record_handler(record: SQSRecord) -> None:
        one(record)

    try:
        answer = process_partial_response(
            event=dict(event), record_handler=record_handler, processor=processor, context=context
        )
    finally:
        engine.tally.publish()
    return dict(answer)


def consume_record(
    record: SQSRecord,
    *,
    deadline: datetime | None,
    handlers: Handlers,
    engine: Engine,
    read: Read,
    hide: Hide,
) -> None:
    """Run one record's job. Raising reports the record as failed; how soon it comes back is set before.

    A record that is to be dead-lettered comes back at once until its receive count is used up. One that could not
    be worked on, because a store was out of reach, comes back later and later.
    """
    count = int(record.attributes.approximate_receive_count)
    delivery = Delivery(
        message_id=record.message_id, receive_count=count, is_last=count >= MAX_RECEIVE_COUNT, deadline=deadline
    )
    message: JobMessage | None = None
    try:
        message = read(record)
        verdict = Verdict.DONE if message is None else run(message, delivery, handlers=handlers, engine=engine)
        if verdict is Verdict.DEAD_LETTER:
            raise DeadLettered("the job failed for good")
    except Exception as error:
        if delivery.is_last:
            tell_dead_lettered(message, engine=engine, message_id=record.message_id, reason=_why(error))
        hide(record, _seconds_hidden(record, error, count))
        if isinstance(error, PermanentError):
            raise DeadLettered(error.reason) from error
        raise


def _seconds_hidden(record: SQSRecord, error: Exception, count: int) -> int:
    """How long a failed record stays away: not at all on its way to the dead-letter queue."""
    if isinstance(error, DeadLettered):
        return 0
    where: dict[str, Any] = {"message_id": record.message_id, "reason": _why(error)}
    if isinstance(error, PermanentError):
        log.error("message refused", action="message_refused", **where)
        return 0
    seconds: int = min(_FIRST_RETRY_SECONDS * 2 ** (count - 1), _LONGEST_RETRY_SECONDS)
    log.warning("message not worked on", action="delivery_failed", again_in_s=seconds, **where)
    return seconds


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, FlywheelError | DeadLettered) else f"unexpected {type(error).__name__}"


def read_pointer(record: SQSRecord) -> JobMessage:
    """The pointer in a record's body; PermanentError names what is wrong with it."""
    try:
        return JobMessage.model_validate_json(record.body)
    except ValidationError as error:
        raise PermanentError(f"malformed queue message: {describe_problems(error)}") from None
