"""The notifier's collaborators on AWS."""

from functions.notifier.deliver import Desk
from functions.notifier.email import Email
from functions.notifier.guarded_post import GuardedPost
from functions.notifier.settings import Settings
from functions.notifier.webhook import WebhookChannel
from functions.shared import aws
from functions.shared.clock import utc_now
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.outbound import outbound_policy
from functions.shared.store.secrets import AwsSecrets


def desk_from(settings: Settings) -> Desk:
    """The desk of a deployment; clients are opened at the first call."""
    store = DynamoNotificationStore(settings.jobs_table, aws.dynamodb, utc_now)
    policy = outbound_policy(allow_loopback=settings.allow_loopback_webhooks)
    webhook = WebhookChannel(store, AwsSecrets(aws.secrets_manager), policy, GuardedPost(policy), utc_now)
    return Desk(store, {"email": Email(settings.email_from), "webhook": webhook}, clock=utc_now)
