"""The collector of a deployment, and what it runs."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from functions.scraper.collector import Collector
from functions.scraper.fetch import GuardedFetch
from functions.scraper.process_document import process_document
from functions.scraper.robots import Robots
from functions.scraper.scrape_page import scrape_page
from functions.scraper.settings import Settings
from functions.scraper.sync_feed import sync_feed
from functions.shared import aws
from functions.shared.context.dynamodb_documents import DynamoDocuments
from functions.shared.context.dynamodb_items import DynamoItems
from functions.shared.context.dynamodb_sources import DynamoSources
from functions.shared.jobs.aws import engine_from
from functions.shared.jobs.model import JobType
from functions.shared.jobs.run import Handler
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.objects import S3Objects


def collector_from(settings: Settings) -> Collector:
    """Clients are opened at the first call."""
    engine = engine_from(settings)
    fetch = GuardedFetch(loopback_hosts=settings.loopback_sources, contact=settings.fetch_contact, clock=engine.clock)
    job_retention = timedelta(days=settings.job_retention_days)
    return Collector(
        sources=DynamoSources(settings.context_table, aws.dynamodb),
        items=DynamoItems(settings.context_table, aws.dynamodb, engine.clock),
        documents=DynamoDocuments(settings.context_table, aws.dynamodb),
        uploads=S3Objects(settings.uploads_bucket, aws.s3),
        notifications=DynamoNotificationStore(settings.jobs_table, aws.dynamodb, engine.clock, job_retention),
        accounts=DynamoAccountStore(settings.accounts_table, aws.dynamodb),
        fetch=fetch,
        robots=Robots(fetch, engine.clock),
        engine=engine,
        retention=timedelta(days=settings.context_retention_days),
    )


def handlers_of(collector: Collector) -> Mapping[JobType, Handler]:
    """The types of jobs the scraper runs."""
    return {
        JobType.SYNC_RSS: partial(sync_feed, collector=collector),
        JobType.SCRAPE_WEBSITE: partial(scrape_page, collector=collector),
        JobType.PROCESS_DOCUMENT: partial(process_document, collector=collector),
    }
