"""SCRAPE_WEBSITE: the main text of a page."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from functions.scraper.fetch import Fetched
from functions.scraper.fetch_source import Manner, fetch_source
from functions.scraper.parsing.page import ParsedPage, parse_page
from functions.scraper.reading import Found, Reading
from functions.scraper.services import Services
from functions.shared.domain.context.model import Source, SourceKind
from functions.shared.domain.payloads import ScrapeWebsitePayload
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job

ACCEPT = ("text/html", "application/xhtml+xml")

ParsePage = Callable[..., ParsedPage]


def scrape_page(
    job: Job, context: JobContext, *, services: Services, parse: ParsePage = parse_page
) -> Mapping[str, Any]:
    """Fetch a page that its website lets programs read. It is one item, which changes when its text does."""
    payload = parse_payload(ScrapeWebsitePayload, job.payload)
    manner = Manner(SourceKind.WEBSITE, ACCEPT, asks_robots=True, read=partial(_read, parse=parse))
    return fetch_source(job, context, payload.source_id, manner=manner, services=services)


def _read(fetched: Fetched, source: Source, *, parse: ParsePage) -> Reading:
    page = parse(fetched.body, url=fetched.url, media_type=fetched.media_type, charset=fetched.charset)
    found = Found(
        marks=(f"page:{source.url}",),
        title=page.title or source.name,
        text=page.text,
        url=fetched.url,
        author=page.author,
        published_at=page.published_at,
    )
    return Reading([found])
