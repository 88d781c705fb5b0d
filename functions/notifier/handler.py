"""Delivers notifications by e-mail and webhook, from the notices queue."""

import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.notifier.deliver import deliver
from functions.notifier.read_notice import read_notice
from functions.notifier.services import Services
from functions.notifier.settings import Settings
from functions.notifier.wiring import services_from


@cache
def _services() -> Services:
    return services_from(Settings.from_env(os.environ))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Deliver what an SQS batch points to; the answer names the records SQS must deliver again."""
    services = _services()
    deadline = services.clock() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def record_handler(record: SQSRecord) -> None:
        deliver(read_notice(record), services=services, deadline=deadline)

    return dict(
        process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
    )
