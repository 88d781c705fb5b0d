"""The API's collaborators on AWS."""

from functions.api.app import Api
from functions.api.probes import probes
from functions.api.services import Services
from functions.api.settings import ApiSettings
from functions.api.stats import queue_depths
from functions.api.x_sign_in import sign_in_from
from functions.shared import aws
from functions.shared.circuits.dynamodb import DynamoCircuitStore
from functions.shared.clock import utc_now
from functions.shared.context.dynamodb_documents import DynamoDocuments
from functions.shared.context.dynamodb_items import DynamoItems
from functions.shared.context.dynamodb_sources import DynamoSources
from functions.shared.dead_letters.sqs import SqsDeadLetterQueues
from functions.shared.jobs.aws import engine_from
from functions.shared.measured.dynamodb import DynamoMetrics
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.outbound import outbound_policy
from functions.shared.schedules.settings import agenda_from
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.secrets import AwsSecrets
from functions.shared.store.uploads import S3Uploads


def build(settings: ApiSettings) -> Api:
    """The API of a deployment; clients are opened at the first call."""
    engine = engine_from(settings)
    content = DynamoContentStore(settings.content_metadata_table, aws.dynamodb)
    accounts = DynamoAccountStore(settings.accounts_table, aws.dynamodb)
    secrets = AwsSecrets(aws.secrets_manager)
    sources = DynamoSources(settings.context_table, aws.dynamodb)
    metrics = DynamoMetrics(settings.metrics_table, aws.dynamodb)
    agenda = agenda_from(settings)
    dead_letters = SqsDeadLetterQueues(settings.queue_urls, settings.dead_letter_urls, aws.sqs)
    return Api(
        Services(
            engine=engine,
            content=content,
            accounts=accounts,
            secrets=secrets,
            secret_prefix=settings.account_secret_prefix,
            notifications=DynamoNotificationStore(settings.jobs_table, aws.dynamodb, utc_now),
            outbound=outbound_policy(allow_loopback=settings.allow_loopback_webhooks),
            webhook_secret_prefix=settings.webhook_secret_prefix,
            agenda=agenda,
            dead_letters=dead_letters,
            sources=sources,
            items=DynamoItems(settings.context_table, aws.dynamodb),
            documents=DynamoDocuments(settings.context_table, aws.dynamodb),
            x=sign_in_from(settings, secrets=secrets, clock=engine.clock),
            uploads=S3Uploads(settings.uploads_bucket, aws.s3_presigner),
            metrics=metrics,
            loopback_sources=settings.loopback_sources,
            queue_depths=queue_depths(settings.queue_urls, dead_letters, aws.sqs),
            timetables=settings.timetables,
            probes=probes(
                engine=engine,
                content=content,
                accounts=accounts,
                sources=sources,
                metrics=metrics,
                secrets=secrets,
                secret_prefix=settings.account_secret_prefix,
                timers=agenda.timers,
                circuits=DynamoCircuitStore(settings.jobs_table, aws.dynamodb),
                queue_urls=settings.queue_urls,
                sqs=aws.sqs,
            ),
        )
    )
