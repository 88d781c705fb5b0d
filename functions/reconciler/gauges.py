"""How much waits and how much runs, once a minute, from what is cheap to ask.

The queues know it without a look at the table: one request a queue, however many jobs there are. They count messages:
a second message of one job counts twice, and a job deferred beyond SQS's longest delay is in none of them.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from functions.reconciler.recover import Sweep
from functions.shared.kernel.aws import classified
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.log import log
from functions.shared.kernel.tally import Tally

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_ATTRIBUTES: "Mapping[str, QueueAttributeNameType]" = {
    "waiting": "ApproximateNumberOfMessages",
    "delayed": "ApproximateNumberOfMessagesDelayed",
    "processing": "ApproximateNumberOfMessagesNotVisible",
}


def gauge_queues(tally: Tally, *, queue_urls: Mapping[str, str], sqs: "Callable[[], SQSClient]") -> dict[str, int]:
    """Publish `ActiveJobs` by state, over all lanes; nothing when a queue cannot be asked."""
    totals = dict.fromkeys(_ATTRIBUTES, 0)
    try:
        for lane, url in queue_urls.items():
            with classified(f"measuring the queue {lane}"):
                answer = sqs().get_queue_attributes(QueueUrl=url, AttributeNames=list(_ATTRIBUTES.values()))
            for state, attribute in _ATTRIBUTES.items():
                totals[state] += int(answer["Attributes"][attribute])
    except FlywheelError as error:
        log.warning("queues not measured", action="gauge_failed", reason=error.reason)
        return {}
    for state, total in totals.items():
        tally.count("ActiveJobs", total, state=state)
    return totals


def gauge_sweep(tally: Tally, sweep: Sweep) -> None:
    """Publish `DueJobs`, the jobs the reconciler had to look at, by what it found."""
    for found, count in sweep.counts.items():
        tally.count("DueJobs", count, found=found.value)
