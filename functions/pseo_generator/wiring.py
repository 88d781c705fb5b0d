"""Builds the collaborators of a deployment, once per container."""

from functions.pseo_generator.markets.polymarket import Polymarket
from functions.pseo_generator.markets.remembered import Remembered
from functions.pseo_generator.markets.sample import SampleWhenUnreachable
from functions.pseo_generator.markets.source import MarketSource
from functions.pseo_generator.press import Press
from functions.pseo_generator.settings import Settings
from functions.pseo_generator.site import Site
from functions.shared import aws
from functions.shared.ai.choose import models_from
from functions.shared.circuits.breaker import Guard
from functions.shared.circuits.settings import breakers_from
from functions.shared.context.dynamodb_items import DynamoItems
from functions.shared.jobs.aws import engine_from
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.objects import S3Objects
from functions.shared.store.secrets import AwsSecrets


def press_from(settings: Settings) -> Press:
    """The press of a deployment; clients are opened at the first call."""
    engine = engine_from(settings)
    breakers = breakers_from(settings, engine)
    secrets = AwsSecrets(aws.secrets_manager)
    text_model, image_model = models_from(settings, secrets=secrets, breakers=breakers)
    return Press(
        source=_source(settings, breakers("Polymarket", settings.polymarket_base_url)),
        text_model=text_model,
        image_model=image_model,
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        items=DynamoItems(settings.context_table, aws.dynamodb),
        objects=S3Objects(settings.site_bucket, aws.s3),
        site=Site(settings.site_url),
        engine=engine,
    )


def _source(settings: Settings, circuit: Guard) -> MarketSource:
    live = Polymarket(settings.polymarket_base_url, circuit=circuit)
    return Remembered(SampleWhenUnreachable(live) if settings.market_sample_fallback else live)
