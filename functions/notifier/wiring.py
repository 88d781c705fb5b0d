"""The notifier's collaborators on AWS."""

from datetime import timedelta

from functions.notifier.email import Email
from functions.notifier.guarded_post import GuardedPost
from functions.notifier.mailboxes.dynamodb import DynamoMailboxes
from functions.notifier.services import Channel, Services
from functions.notifier.settings import Settings
from functions.notifier.webhook import WebhookChannel
from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.outbound import webhooks_bounds
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets


def services_from(settings: Settings) -> Services:
    """The services of a deployment; clients are opened at the first call."""
    store = DynamoNotificationStore(settings.jobs_table, aws.dynamodb, utc_now)
    bounds = webhooks_bounds(allow_loopback=settings.allow_loopback_webhooks)
    webhook = WebhookChannel(store, AwsSecrets(aws.secrets_manager), bounds, GuardedPost(bounds), utc_now)
    channels: dict[str, Channel] = {"email": Email(settings.email_from), "webhook": webhook}
    wait = timedelta(seconds=settings.gather_seconds)
    mailboxes = DynamoMailboxes(settings.jobs_table, aws.dynamodb)
    return Services(store, channels, clock=utc_now, wait=wait, mailboxes=mailboxes)
