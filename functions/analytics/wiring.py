"""The meter of a deployment."""

from datetime import timedelta
from functools import partial

from functions.analytics.meter import Meter
from functions.analytics.metrics.choose import choose
from functions.analytics.settings import Settings
from functions.analytics.when_to_read import Rhythm
from functions.shared import aws
from functions.shared.circuits.settings import breakers_from
from functions.shared.jobs.aws import engine_from
from functions.shared.measured.dynamodb import DynamoMetrics
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.secrets import AwsSecrets
from functions.shared.x.authorisation import Authorisation


def meter_from(settings: Settings) -> Meter:
    """Clients are opened at the first call, and a platform's library is loaded at its first read."""
    engine = engine_from(settings)
    authorisation = Authorisation(AwsSecrets(aws.secrets_manager), engine)
    # Named as the poster names it: X's circuit is one, whoever calls X.
    x_circuit = breakers_from(settings, engine)("X", settings.x_api_base_url)
    return Meter(
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        metrics=DynamoMetrics(settings.metrics_table, aws.dynamodb),
        notifications=DynamoNotificationStore(settings.jobs_table, aws.dynamodb, engine.clock),
        readers=partial(
            choose, settings=settings, authorisation=authorisation, clock=engine.clock, x_circuit=x_circuit
        ),
        engine=engine,
        rhythm=Rhythm(fixed_age=timedelta(hours=settings.learning_age_hours)),
        retention=timedelta(days=settings.metrics_retention_days),
    )
