"""The API's collaborators on AWS."""

from functools import cache, partial

from functions.api.app import Api
from functions.api.authorizations.dynamodb import DynamoAuthorisations
from functions.api.documents.uploads import S3Uploads
from functions.api.health.probes import probes
from functions.api.limits.bucket import Bucket
from functions.api.limits.dynamodb import DynamoBuckets
from functions.api.limits.limiter import RateLimiter
from functions.api.once.dynamodb import DynamoAnswers
from functions.api.recent import Recent
from functions.api.services import Services
from functions.api.settings import ApiSettings
from functions.api.stats.count import queue_depths
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.kernel import aws
from functions.shared.kernel.circuits.dynamodb import DynamoCircuitStore
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.dead_letters.sqs import SqsDeadLetterQueues
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.outbound import sources_bounds, webhooks_bounds
from functions.shared.kernel.schedules.settings import agenda_from
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.networks.registry.sign_ins import Exchanges, sign_in

_RECENT_SECONDS = 5.0
_AT_ONCE_SECONDS = 6
"""As many calls as an organisation may make in so many seconds may come together."""
_EXCHANGE_SECONDS = 6.0
"""For one request to a network: there are up to three in one call of the API, which has 29 seconds."""


def build(settings: ApiSettings) -> Api:
    """The API of a deployment; clients are opened at the first call."""
    engine = engine_from(settings, KINDS)
    content = DynamoContentStore(settings.content_metadata_table, aws.dynamodb)
    accounts = DynamoAccountStore(settings.accounts_table, aws.dynamodb)
    secrets = AwsSecrets(aws.secrets_manager)
    sources = DynamoSources(settings.context_table, aws.dynamodb)
    metrics = DynamoMetrics(settings.metrics_table, aws.dynamodb)
    agenda = agenda_from(settings)
    exchanges = Exchanges(secrets, engine.clock, seconds=_EXCHANGE_SECONDS)
    dead_letters = SqsDeadLetterQueues(settings.queue_urls, settings.dead_letter_urls, aws.sqs)
    return Api(
        Services(
            engine=engine,
            content=content,
            accounts=accounts,
            organisations=DynamoOrganisationStore(settings.accounts_table, aws.dynamodb),
            secrets=secrets,
            secret_prefix=settings.account_secret_prefix,
            notifications=DynamoNotificationStore(settings.jobs_table, aws.dynamodb, utc_now),
            webhooks_bounds=webhooks_bounds(allow_loopback=settings.allow_loopback_webhooks),
            sources_bounds=sources_bounds(settings.loopback_sources),
            webhook_secret_prefix=settings.webhook_secret_prefix,
            agenda=agenda,
            dead_letters=dead_letters,
            sources=sources,
            items=DynamoItems(settings.context_table, aws.dynamodb),
            documents=DynamoDocuments(settings.context_table, aws.dynamodb),
            authorisations=DynamoAuthorisations(settings.accounts_table, aws.dynamodb),
            sign_ins=cache(partial(sign_in, settings=settings, exchanges=exchanges)),
            uploads=S3Uploads(settings.uploads_bucket, aws.s3_presigner),
            metrics=metrics,
            answers=DynamoAnswers(settings.jobs_table, aws.dynamodb),
            limiter=RateLimiter(
                Bucket(settings.calls_per_org, _AT_ONCE_SECONDS * settings.calls_per_org),
                DynamoBuckets(settings.jobs_table, aws.dynamodb),
                engine.clock,
            ),
            recent=Recent(engine.clock, seconds=_RECENT_SECONDS),
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
