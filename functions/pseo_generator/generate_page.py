"""GENERATE_PAGE for one event: written, published, listed, and handed to the social queue.

Every step may be repeated: a run that died anywhere is followed by one that finds what is stored and goes on.
"""

from collections.abc import Mapping
from typing import Any

from functions.pseo_generator import site
from functions.pseo_generator.cards.model import month_of
from functions.pseo_generator.list_pages import card_of
from functions.pseo_generator.rebuild_site import LISTED, rebuild_site
from functions.pseo_generator.related import related_to
from functions.pseo_generator.render import not_indexed_because, render_page
from functions.pseo_generator.services import Services
from functions.pseo_generator.write_page import write_page
from functions.shared.domain.content.events import page_event
from functions.shared.domain.content.model import Page
from functions.shared.domain.job_types import JobType
from functions.shared.domain.market import MarketEvent
from functions.shared.domain.payloads import GeneratePagePayload
from functions.shared.domain.publish_intent import publish_job_id, publishing_accounts
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.announce import announce
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.notifications.model import NotificationKind


def generate_page(
    job: Job, context: JobContext, payload: GeneratePagePayload, *, services: Services
) -> Mapping[str, Any]:
    """Make or refresh the page about the payload's event; answers where it is and which jobs will post about it."""
    event = _event(payload, services)
    page = services.contents.page_by_slug(job.org_id, event.slug)
    if page is None or not _is_done(page, job, event):
        page = write_page(job, context, event, page, services=services)
    context.checkpoint()
    context.report("publishing the page")
    _publish(page, services)
    rebuild_site(job.org_id, month_of(page.created_at), services=services)
    announce(page.org_id, NotificationKind.PAGE_PUBLISHED, lambda: page_event(page), engine=services.engine)
    context.checkpoint()
    posts = _plan_posts(page, job, services)
    return {
        "content_id": page.content_id,
        "url": page.url,
        "title": page.title,
        "indexable": not_indexed_because(page) is None,
        "not_indexed_because": not_indexed_because(page),
        "source": page.event.origin,
        "captured_at": page.event.captured_at.isoformat(),
        "provider": page.written_by.provider,
        "model": page.written_by.model,
        "usage": page.written_by.usage.model_dump(),
        "context": [excerpt.named() for excerpt in page.context],
        "picture": services.site.url(page.image_key) if page.image_key else None,
        "posts": posts,
    }


def _event(payload: GeneratePagePayload, services: Services) -> MarketEvent:
    if payload.event is not None:
        return payload.event
    if payload.slug is None:
        raise PermanentError("give exactly one of: slug, trending, event")
    return services.source.by_slug(payload.slug)


def _is_done(page: Page, job: Job, event: MarketEvent) -> bool:
    """Whether an earlier run of this job wrote the page already, or it shows newer data than this job brings."""
    return page.job_id == job.job_id or page.event.captured_at > event.captured_at


def _publish(page: Page, services: Services) -> None:
    organisation = services.organisation(page.org_id).name
    related = related_to(page, services.cards.newest(page.org_id, limit=LISTED))
    content = render_page(page, organisation=organisation, site=services.site, related=related)
    services.objects.put(page.object_key, content, site.HTML, cache_control=site.SHORT_LIVED)
    services.cards.put(card_of(page))


def _plan_posts(page: Page, job: Job, services: Services) -> list[str]:
    """One job for each account, planned once in the page's life: a refreshed page is not posted again."""
    accounts = publishing_accounts(page.org_id, services.accounts.accounts(page.org_id))
    planned = [
        plan(
            Submission(
                org_id=page.org_id,
                type=JobType.PUBLISH_CONTENT,
                payload={"content_id": page.content_id, "title": page.title, "account_id": account.account_id},
                priority=job.priority,
                job_id=publish_job_id(page.org_id, page.content_id, account.account_id, page.created_at),
            ),
            engine=services.engine,
        )
        for account in accounts
    ]
    return [post.job_id for post, _ in planned]
