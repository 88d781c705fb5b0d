"""Everything the reconciler works with, as one argument."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from functions.reconciler.send_due import Send
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.notifications.store import NotificationStore
from functions.shared.kernel.schedules.agenda import Agenda

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True, slots=True)
class Services:
    """What is looked after: jobs, schedules, notifications and queues. It comes round after each `horizon`.

    `counted_queues` are those in which nothing should be, by the figure that tells how much is.
    """

    engine: Engine
    agenda: Agenda
    notifications: NotificationStore
    send_notice: Send
    queue_urls: Mapping[str, str]
    counted_queues: Mapping[str, Sequence[str]]
    sqs: "Callable[[], SQSClient]"
    horizon: timedelta
