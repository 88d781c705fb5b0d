"""GENERATE_PAGE for trending events: chooses them, and plans a job of its own for each."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from functions.pseo_generator.cards.model import month_of
from functions.pseo_generator.choose_events import Choice, choose_events
from functions.pseo_generator.markets.source import Trending
from functions.pseo_generator.rebuild_site import rebuild_site
from functions.pseo_generator.services import Services
from functions.shared.domain.job_types import JobType
from functions.shared.domain.market import MarketEvent
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.log import log

# Enough that fresh pages, issues of one series and unusable events still leave the number asked for.
_LOOKED_AT_PER_PAGE = 8
_MOST_LOOKED_AT = 100
_BUSY_JOBS_SEEN = 100
# More than are made in the days in which one of a series is enough.
_RECENT = 200


def plan_pages(job: Job, context: JobContext, count: int, *, services: Services) -> Mapping[str, Any]:
    """Plan up to `count` page jobs; answers which, from what source, and what was passed over.

    A job's id comes from this job's and its position, so that a second run finds what the first has planned and adds
    only what is missing, whatever trends by then.
    """
    context.report("looking for trending markets")
    trending = services.source.trending(min(count * _LOOKED_AT_PER_PAGE, _MOST_LOOKED_AT))
    context.checkpoint()
    children = list(_planned_before(job, count, services))
    choice = _choice(job, count - len(children), children, trending, services)
    for position, event in enumerate(choice.events, start=len(children)):
        children.append(_plan(job, position, event, services))
    rebuild_site(job.org_id, month_of(services.engine.clock()), services=services)
    log.info("pages planned", action="pages_planned", source=trending.origin, pages=len(children))
    return {
        "source": trending.origin,
        "captured_at": trending.captured_at.isoformat(),
        "pages": [{"job_id": child.job_id, **_subject(child)} for child in children],
        "skipped": [{"slug": passed.slug, "reason": passed.reason} for passed in (*choice.skipped, *trending.unusable)],
    }


def _planned_before(job: Job, count: int, services: Services) -> Iterator[Job]:
    for position in range(count):
        child = services.engine.store.get(job.org_id, _child_id(job, position))
        if child is None:
            return
        yield child


def _choice(job: Job, missing: int, children: list[Job], trending: Trending, services: Services) -> Choice:
    own = [_subject(child)["slug"] for child in children]
    return choose_events(
        trending.events,
        count=missing,
        page_of=partial(services.contents.page_by_slug, job.org_id),
        recent=services.cards.newest(job.org_id, limit=_RECENT),
        busy={*own, *_under_way(job.org_id, services)},
        now=services.engine.clock(),
    )


def _under_way(org_id: str, services: Services) -> Iterator[str]:
    """Slugs that queued and running jobs are about."""
    for status in (JobStatus.QUEUED, JobStatus.PROCESSING):
        jobs, _ = services.engine.store.newest(
            org_id, status=status, job_type=JobType.GENERATE_PAGE, limit=_BUSY_JOBS_SEEN
        )
        yield from (_subject(active)["slug"] for active in jobs)


def _plan(job: Job, position: int, event: MarketEvent, services: Services) -> Job:
    submission = Submission(
        org_id=job.org_id,
        type=JobType.GENERATE_PAGE,
        payload={"event": event.model_dump(mode="json")},
        priority=job.priority,
        job_id=_child_id(job, position),
    )
    return plan(submission, engine=services.engine)[0]


def _child_id(job: Job, position: int) -> str:
    return derived_id(job.created_at, "page", job.org_id, job.job_id, str(position))


def _subject(job: Job) -> dict[str, str]:
    """What a page job is about; empty texts for one that is about no single event."""
    event = job.payload.get("event") or {}
    if not isinstance(event, Mapping):
        raise PermanentError(f"the payload of job {job.job_id} holds no event")
    return {"slug": str(event.get("slug") or job.payload.get("slug") or ""), "title": str(event.get("title", ""))}
