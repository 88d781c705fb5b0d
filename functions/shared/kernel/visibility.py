"""How soon SQS delivers a record again that was not dealt with."""

from functools import cache

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.shared.kernel import aws


def hide(record: SQSRecord, seconds: int) -> None:
    """Make a record visible again after so many seconds; 0 is at once, as on the way to a dead-letter queue."""
    with aws.classified("changing a message's visibility"):
        aws.sqs().change_message_visibility(
            QueueUrl=queue_url(record.event_source_arn), ReceiptHandle=record.receipt_handle, VisibilityTimeout=seconds
        )


@cache
def queue_url(queue_arn: str) -> str:
    """The URL of a queue, asked for once."""
    name = queue_arn.rpartition(":")[2]
    return aws.sqs().get_queue_url(QueueName=name)["QueueUrl"]
