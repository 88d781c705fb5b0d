"""The desk of a deployment, and what renews its tokens."""

from functools import cache, partial

from functions.shared import aws
from functions.shared.ai.choose import models_from
from functions.shared.circuits.settings import breakers_from
from functions.shared.jobs.aws import engine_from
from functions.shared.measured.dynamodb import DynamoMetrics
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.secrets import AwsSecrets
from functions.shared.x.authorisation import Authorisation
from functions.shared.x.grants import OAuth, read_app
from functions.social_poster.desk import Desk
from functions.social_poster.publishers.choose import choose
from functions.social_poster.renew_token import Renewals
from functions.social_poster.settings import Settings


def desk_from(settings: Settings) -> Desk:
    """Clients are opened at the first call, and a platform's library is loaded at its first post."""
    engine = engine_from(settings)
    secrets = AwsSecrets(aws.secrets_manager)
    authorisation = Authorisation(secrets, engine)
    breakers = breakers_from(settings, engine)
    x_circuit = breakers("X", settings.x_api_base_url)
    return Desk(
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        model=models_from(settings, secrets=secrets, breakers=breakers)[0],
        publishers=partial(
            choose, settings=settings, authorisation=authorisation, clock=engine.clock, x_circuit=x_circuit
        ),
        engine=engine,
        metrics=DynamoMetrics(settings.metrics_table, aws.dynamodb),
    )


def renewals_from(settings: Settings, desk: Desk) -> Renewals:
    """Renews tokens over the desk's accounts and engine."""
    secrets = AwsSecrets(aws.secrets_manager)

    @cache
    def oauth() -> OAuth:
        from functions.shared.x.oauth import HttpOAuth  # noqa: PLC0415 - its HTTP library is slow to import

        app = partial(read_app, secrets, settings.x_app_secret_id)
        circuit = breakers_from(settings, desk.engine)("X's token service", settings.x_api_base_url)
        return HttpOAuth(settings.x_api_base_url, app, desk.engine.clock, circuit=circuit)

    notifications = DynamoNotificationStore(settings.jobs_table, aws.dynamodb, desk.engine.clock)
    return Renewals(desk.accounts, secrets, oauth, notifications, desk.engine)
