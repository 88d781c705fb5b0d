"""Which queue each type of job waits in, what its payload must look like, and what its message tells."""

from collections.abc import Mapping

from functions.shared.domain.job_types import JobType
from functions.shared.domain.payloads import (
    GenerateContentPayload,
    GeneratePagePayload,
    ProcessDocumentPayload,
    PublishContentPayload,
    RefreshTokenPayload,
    ScrapeWebsitePayload,
    SyncAnalyticsPayload,
    SyncRssPayload,
)
from functions.shared.kernel.jobs.kinds import JobKind
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.messages import Id, JobMessage


class SocialMessage(JobMessage):
    """The social queue's pointer, which also names the content to post."""

    content_id: Id
    title: str


def social_message(job: Job) -> SocialMessage:
    """The pointer to a job that posts a content."""
    return SocialMessage(
        job_id=job.job_id,
        org_id=job.org_id,
        attempt=job.attempt,
        content_id=str(job.payload["content_id"]),
        title=str(job.payload.get("title", "")),
    )


KINDS: Mapping[str, JobKind] = {
    JobType.GENERATE_PAGE: JobKind("pages", GeneratePagePayload, paid=True),
    JobType.GENERATE_CONTENT: JobKind("content", GenerateContentPayload, paid=True),
    JobType.PUBLISH_CONTENT: JobKind("social", PublishContentPayload, social_message, paid=True),
    JobType.REFRESH_TOKEN: JobKind("social", RefreshTokenPayload),
    JobType.SCRAPE_WEBSITE: JobKind("scraping", ScrapeWebsitePayload),
    JobType.SYNC_RSS: JobKind("scraping", SyncRssPayload),
    JobType.PROCESS_DOCUMENT: JobKind("scraping", ProcessDocumentPayload),
    JobType.SYNC_ANALYTICS: JobKind("analytics", SyncAnalyticsPayload, paid=True),
}
