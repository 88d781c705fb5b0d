"""Builds the collaborators of a deployment, once per container."""

from datetime import timedelta

from functions.reconciler.send_due import SqsNotices
from functions.reconciler.services import Services
from functions.reconciler.settings import Settings
from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.schedules.settings import agenda_from


def services_from(settings: Settings) -> Services:
    """Clients are opened at the first call."""
    return Services(
        engine=engine_from(settings, KINDS),
        agenda=agenda_from(settings),
        notifications=DynamoNotificationStore(settings.jobs_table, aws.dynamodb, utc_now),
        send_notice=SqsNotices(settings.queue_urls["notices"], aws.sqs),
        queue_urls=settings.queue_urls,
        counted_queues=_urls(settings),
        sqs=aws.sqs,
        horizon=timedelta(seconds=settings.reconcile_every_seconds),
    )


def _urls(settings: Settings) -> dict[str, list[str]]:
    """The URLs of the counted queues: all queues of a deployment lie beside each other."""
    beside = next(iter(settings.queue_urls.values())).rpartition("/")[0]
    return {name: [f"{beside}/{queue}" for queue in queues] for name, queues in settings.counted_queues.items()}
