"""Builds the collaborators of a deployment, once per container, and what renews its tokens."""

from functools import partial

from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.kernel import aws
from functions.shared.kernel.circuits.settings import breakers_from
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.outbox import Outbox
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.registry.means import Means
from functions.shared.networks.registry.publishers import publisher
from functions.shared.networks.registry.sign_ins import Exchanges, oauth
from functions.shared.writing.models.choose import models_from
from functions.social_poster.renew_token import Renewals
from functions.social_poster.services import Services
from functions.social_poster.settings import Settings


def services_from(settings: Settings) -> Services:
    """Clients are opened at the first call, and a network's library is loaded at its first post."""
    engine = engine_from(settings, KINDS)
    secrets = AwsSecrets(aws.secrets_manager)
    breakers = breakers_from(settings, engine)
    means = Means(Authorisation(secrets, engine), engine.clock, breakers)
    return Services(
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb, Outbox(settings.jobs_table)),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        model=models_from(settings, secrets=secrets, breakers=breakers)[0],
        publishers=partial(publisher, settings=settings, means=means),
        engine=engine,
        metrics=DynamoMetrics(settings.metrics_table, aws.dynamodb),
    )


def renewals_from(settings: Settings, services: Services) -> Renewals:
    """Renews tokens over the same accounts and engine."""
    engine = services.engine
    secrets = AwsSecrets(aws.secrets_manager)
    exchanges = Exchanges(secrets, engine.clock, circuit=breakers_from(settings, engine))
    oauths = partial(oauth, settings=settings, exchanges=exchanges)
    notifications = DynamoNotificationStore(settings.jobs_table, aws.dynamodb, engine.clock)
    return Renewals(services.accounts, secrets, oauths, notifications, engine)
