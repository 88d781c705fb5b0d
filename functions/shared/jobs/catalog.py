"""Which queue each type of job waits in and what its payload must look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.shared.errors import PermanentError
from functions.shared.jobs.model import JobType, Priority
from functions.shared.messages import (
    GenerateContentPayload,
    GeneratePagePayload,
    ProcessDocumentPayload,
    PublishContentPayload,
    RefreshTokenPayload,
    ScrapeWebsitePayload,
    SyncAnalyticsPayload,
    SyncRssPayload,
)

Payload = TypeVar("Payload", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A type of job this deployment runs: its queue family and its payload's model."""

    family: str
    payload: type[BaseModel]


CATALOG: Mapping[JobType, JobKind] = {
    JobType.GENERATE_PAGE: JobKind("pages", GeneratePagePayload),
    JobType.GENERATE_CONTENT: JobKind("content", GenerateContentPayload),
    JobType.PUBLISH_CONTENT: JobKind("social", PublishContentPayload),
    JobType.REFRESH_TOKEN: JobKind("social", RefreshTokenPayload),
    JobType.SCRAPE_WEBSITE: JobKind("scraping", ScrapeWebsitePayload),
    JobType.SYNC_RSS: JobKind("scraping", SyncRssPayload),
    JobType.PROCESS_DOCUMENT: JobKind("scraping", ProcessDocumentPayload),
    JobType.SYNC_ANALYTICS: JobKind("analytics", SyncAnalyticsPayload),
}


def queue_name(job_type: JobType, priority: Priority) -> str:
    """The lane's name, as in the `queue_urls` setting: the family, with `-high` for the high lane."""
    family = CATALOG[job_type].family
    return f"{family}-high" if priority is Priority.HIGH else family


def parse_payload(model: type[Payload], payload: Mapping[str, Any]) -> Payload:
    """Validate a job's payload; PermanentError names each bad field and why."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise PermanentError(f"invalid payload: {describe_problems(error)}") from None


def describe_problems(error: ValidationError) -> str:
    """`field: message` for each problem, without echoing the input."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'payload'}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    )
