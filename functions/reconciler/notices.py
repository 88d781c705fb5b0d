"""Has due notifications delivered."""

from functions.reconciler.settings import Settings
from functions.shared import aws
from functions.shared.clock import utc_now
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.notifications.send_due import SqsNotices, send_due


def send_notices(settings: Settings) -> int:
    """Send the notifier a pointer to each notification that is due; returns how many."""
    store = DynamoNotificationStore(settings.jobs_table, aws.dynamodb, utc_now)
    send = SqsNotices(settings.queue_urls["notices"], aws.sqs)
    return send_due(store=store, send=send, clock=utc_now)
