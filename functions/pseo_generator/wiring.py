"""Builds the collaborators of a deployment, once per container."""

from functions.pseo_generator.cards.dynamodb import DynamoCards
from functions.pseo_generator.markets.polymarket import Polymarket
from functions.pseo_generator.markets.remembered import Remembered
from functions.pseo_generator.markets.sample import SampleWhenUnreachable
from functions.pseo_generator.markets.source import MarketSource
from functions.pseo_generator.services import Services
from functions.pseo_generator.settings import Settings
from functions.pseo_generator.site import Site
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.due.dynamodb import DynamoDue
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.kernel import aws
from functions.shared.kernel.circuits.breaker import Guard
from functions.shared.kernel.circuits.settings import breakers_from
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.objects.s3 import S3Objects
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.writing.models.choose import models_from


def services_from(settings: Settings) -> Services:
    """The services of a deployment; clients are opened at the first call."""
    engine = engine_from(settings, KINDS)
    breakers = breakers_from(settings, engine)
    secrets = AwsSecrets(aws.secrets_manager)
    text_model, image_model = models_from(settings, secrets=secrets, breakers=breakers)
    return Services(
        source=_source(settings, breakers("Polymarket", settings.polymarket_base_url)),
        text_model=text_model,
        image_model=image_model,
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        cards=DynamoCards(settings.content_metadata_table, aws.dynamodb),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        organisations=DynamoOrganisationStore(settings.accounts_table, aws.dynamodb),
        due=DynamoDue(settings.accounts_table, aws.dynamodb),
        items=DynamoItems(settings.context_table, aws.dynamodb),
        objects=S3Objects(settings.site_bucket, aws.s3),
        site=Site(settings.site_url),
        engine=engine,
    )


def _source(settings: Settings, circuit: Guard) -> MarketSource:
    live = Polymarket(settings.polymarket_base_url, circuit=circuit)
    return Remembered(SampleWhenUnreachable(live) if settings.market_sample_fallback else live)
