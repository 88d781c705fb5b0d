"""The services of a deployment, and what it runs."""

from datetime import timedelta
from functools import partial

from functions.scraper.fetch import GuardedFetch
from functions.scraper.process_document import process_document
from functions.scraper.robots import Robots
from functions.scraper.scrape_page import scrape_page
from functions.scraper.services import Services
from functions.scraper.settings import Settings
from functions.scraper.sync_feed import sync_feed
from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.kernel import aws
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.objects.s3 import S3Objects


def services_from(settings: Settings) -> Services:
    """Clients are opened at the first call."""
    engine = engine_from(settings, KINDS)
    fetch = GuardedFetch(loopback_hosts=settings.loopback_sources, contact=settings.fetch_contact, clock=engine.clock)
    job_retention = timedelta(days=settings.job_retention_days)
    return Services(
        sources=DynamoSources(settings.context_table, aws.dynamodb),
        items=DynamoItems(settings.context_table, aws.dynamodb, engine.clock),
        documents=DynamoDocuments(settings.context_table, aws.dynamodb),
        uploads=S3Objects(settings.uploads_bucket, aws.s3),
        notifications=DynamoNotificationStore(settings.jobs_table, aws.dynamodb, engine.clock, job_retention),
        organisations=DynamoOrganisationStore(settings.accounts_table, aws.dynamodb),
        fetch=fetch,
        robots=Robots(fetch, engine.clock),
        engine=engine,
        retention=timedelta(days=settings.context_retention_days),
    )


def handlers_of(services: Services) -> Handlers:
    """The types of jobs the scraper runs."""
    return {
        JobType.SYNC_RSS: partial(sync_feed, services=services),
        JobType.SCRAPE_WEBSITE: partial(scrape_page, services=services),
        JobType.PROCESS_DOCUMENT: partial(process_document, services=services),
    }
