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
from functions.shared.jobs.aws import engine_from
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.objects import S3Objects
from functions.shared.store.secrets import AwsSecrets


def press_from(settings: Settings) -> Press:
    """The press of a deployment; clients are opened at the first call."""
    text_model, image_model = models_from(settings, secrets=AwsSecrets(aws.secrets_manager))
    return Press(
        source=_source(settings),
        text_model=text_model,
        image_model=image_model,
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        objects=S3Objects(settings.site_bucket, aws.s3),
        site=Site(settings.site_url),
        engine=engine_from(settings),
    )


def _source(settings: Settings) -> MarketSource:
    live = Polymarket(settings.polymarket_base_url)
    return Remembered(SampleWhenUnreachable(live) if settings.market_sample_fallback else live)
