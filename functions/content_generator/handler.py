"""Writes posts about a topic for each network, from the content queue."""

import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.content_generator.generate_variants import generate_variants
from functions.content_generator.settings import Settings
from functions.content_generator.studio import Studio
from functions.shared import aws
from functions.shared.ai.choose import models_from
from functions.shared.circuits.settings import breakers_from
from functions.shared.consumer import consume
from functions.shared.context.dynamodb_items import DynamoItems
from functions.shared.jobs.aws import engine_from
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.model import JobType
from functions.shared.jobs.run import Handler
from functions.shared.measured.dynamodb import DynamoMetrics
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.secrets import AwsSecrets


@cache
def _wired() -> tuple[Engine, Mapping[JobType, Handler]]:
    settings = Settings.from_env(os.environ)
    engine = engine_from(settings)
    breakers = breakers_from(settings, engine)
    model, _ = models_from(settings, secrets=AwsSecrets(aws.secrets_manager), breakers=breakers)
    studio = Studio(
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        items=DynamoItems(settings.context_table, aws.dynamodb),
        metrics=DynamoMetrics(settings.metrics_table, aws.dynamodb),
        model=model,
        clock=engine.clock,
    )
    return engine, {JobType.GENERATE_CONTENT: partial(generate_variants, studio=studio)}


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the jobs of an SQS batch."""
    engine, handlers = _wired()
    return consume(event, context, handlers=handlers, engine=engine)
