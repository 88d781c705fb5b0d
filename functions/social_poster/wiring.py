"""The desk of a deployment."""

from functools import partial

from functions.shared import aws
from functions.shared.ai.choose import models_from
from functions.shared.circuits.settings import breakers_from
from functions.shared.jobs.aws import engine_from
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.secrets import AwsSecrets
from functions.shared.x.authorisation import Authorisation
from functions.social_poster.desk import Desk
from functions.social_poster.publishers.choose import choose
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
    )
