"""Builds the collaborators of a deployment, once per container."""

from functions.content_generator.services import Services
from functions.content_generator.settings import Settings
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.kernel import aws
from functions.shared.kernel.circuits.settings import breakers_from
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.writing.models.choose import models_from


def services_from(settings: Settings) -> Services:
    """Clients are opened at the first call."""
    engine = engine_from(settings, KINDS)
    breakers = breakers_from(settings, engine)
    model, _ = models_from(settings, secrets=AwsSecrets(aws.secrets_manager), breakers=breakers)
    return Services(
        contents=DynamoContentStore(settings.content_metadata_table, aws.dynamodb),
        items=DynamoItems(settings.context_table, aws.dynamodb),
        metrics=DynamoMetrics(settings.metrics_table, aws.dynamodb),
        model=model,
        engine=engine,
    )
