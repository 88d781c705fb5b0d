"""Builds the collaborators of a deployment, once per container."""

from datetime import timedelta
from functools import partial

from functions.analytics.services import Services
from functions.analytics.settings import Settings
from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.due.dynamodb import DynamoDue
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.kernel import aws
from functions.shared.kernel.circuits.settings import breakers_from
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.outbox import Outbox
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.registry.counts import counts_reader
from functions.shared.networks.registry.means import Means


def services_from(settings: Settings) -> Services:
    """Clients are opened at the first call, and a network's library is loaded at its first read."""
    engine = engine_from(settings, KINDS)
    authorisation = Authorisation(AwsSecrets(aws.secrets_manager), engine)
    means = Means(authorisation, engine.clock, breakers_from(settings, engine))
    return Services(
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        organisations=DynamoOrganisationStore(settings.accounts_table, aws.dynamodb),
        due=DynamoDue(settings.accounts_table, aws.dynamodb),
        metrics=DynamoMetrics(settings.metrics_table, aws.dynamodb, outbox=Outbox(settings.jobs_table)),
        notifications=DynamoNotificationStore(settings.jobs_table, aws.dynamodb, engine.clock),
        readers=partial(counts_reader, settings=settings, means=means),
        engine=engine,
        rhythm=Rhythm(fixed_age=timedelta(hours=settings.learning_age_hours)),
        retention=timedelta(days=settings.metrics_retention_days),
    )
