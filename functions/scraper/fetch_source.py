"""One fetch of a source, of whatever kind: read it if it has changed, keep what is new, record how it went."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.scraper.fetch import Fetched
from functions.scraper.keep_items import keep_items
from functions.scraper.reading import Reading, Visit
from functions.scraper.record_outcome import record_failure, record_success, why
from functions.scraper.services import Services
from functions.shared.domain.context.model import Fetch, Source, SourceKind
from functions.shared.domain.context.sources.fetch_job import JOB_TYPES
from functions.shared.kernel.errors import JobCancelled, PermanentError, RateLimited
from functions.shared.kernel.jobs.heartbeat import JobContext, LeaseLost
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log

PUT_OFF_AT_MOST = timedelta(hours=1)
"""Who is told to come back later for longer than that is not answered: each further time is a failed fetch."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How sources of one kind are read. Pages are for people: their website is asked whether programs may read them."""

    kind: SourceKind
    accept: tuple[str, ...]
    asks_robots: bool
    read: Callable[[Fetched, Source], Reading]


def fetch_source(
    job: Job, context: JobContext, source_id: str, *, manner: Manner, services: Services
) -> Mapping[str, Any]:
    """Fetch a source and answer what it brought.

    A source that is deleted or switched off is skipped. A failed run is recorded on the source and raised, for the
    engine to try again. Being told to come back later (RateLimited) is no failure, unless it goes on for an hour or
    until the engine gives up. What a crash came after is not done again: items are stored first, then the source's
    ETag with the outcome, and then the job is completed.
    """
    source = services.sources.get(job.org_id, source_id)
    if source is None:
        return _skipped(source_id, "there is no such source; it may have been deleted")
    if not source.enabled:
        return _skipped(source_id, "the source is switched off")
    if source.kind is not manner.kind:
        raise PermanentError(f"the source is a {source.kind}: read it with {JOB_TYPES[source.kind]}")
    if source.last_fetch is not None and _is_of(job, source.last_fetch):
        return _answer(source_id, source.last_fetch)
    try:
        visit = _visit(job, context, source, manner, services)
    except (JobCancelled, LeaseLost):
        raise
    except RateLimited as limited:
        if _is_put_off_too_long(job, limited, services):
            record_failure(job, source, limited.reason, services=services)
        raise
    except Exception as error:
        record_failure(job, source, why(error), services=services)
        raise
    fetch = record_success(job, source, visit, services=services)
    answer = _answer(source_id, fetch)
    log.info("source fetched", action="source_fetched", **answer)
    return answer


def _is_put_off_too_long(job: Job, limited: RateLimited, services: Services) -> bool:
    """Whether its users must hear of it: a website may answer for ever that it will be back in a minute."""
    engine = services.engine
    now = engine.clock()
    for_long = job.deferrals > 0 and now - job.created_at >= PUT_OFF_AT_MOST
    return for_long or engine.policy.refusal_to_defer(job.deferrals, limited.retry_at - now) is not None


def _visit(job: Job, context: JobContext, source: Source, manner: Manner, services: Services) -> Visit:
    known = _known_as(source, services)
    context.report("asking the source")
    require_allowed = services.robots.require_allowed if manner.asks_robots else None
    if require_allowed is not None:
        require_allowed(source.url)
    fetched = services.fetch(
        source.url,
        accept=manner.accept,
        etag=known.etag,
        last_modified=known.last_modified,
        require_allowed=require_allowed,
    )
    crawl_delay = services.robots.crawl_delay(source.url) if manner.asks_robots else None
    if fetched.not_modified:
        return Visit(fetched, source.content_hash, crawl_delay=crawl_delay)
    content_hash = hashlib.sha256(fetched.body).hexdigest()
    if content_hash == known.content_hash:
        return Visit(fetched, content_hash, crawl_delay=crawl_delay)
    context.checkpoint()
    reading = manner.read(fetched, source)
    counts = keep_items(job, context, source, reading.found, services=services)
    return Visit(fetched, content_hash, reading, counts, crawl_delay)


@dataclass(frozen=True, slots=True)
class _KnownAs:
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None


def _known_as(source: Source, services: Services) -> _KnownAs:
    """What an unchanged source is told by.

    Nothing, when its items would expire unless it is read once more, or when there is an allowance for what was held
    back on an earlier day.
    """
    now = services.engine.clock()
    if source.read_at is None or now - source.read_at > services.retention / 2:
        return _KnownAs()
    if source.growth is not None and source.growth.held_back and source.growth.day < now.date():
        return _KnownAs()
    return _KnownAs(source.etag, source.last_modified, source.content_hash)


def _is_of(job: Job, fetch: Fetch) -> bool:
    """Whether an earlier run of this job ended well, and died before it could say so."""
    return fetch.outcome != "failed" and fetch.attempt.partition("/")[0] == job.job_id


def _skipped(source_id: str, reason: str) -> Mapping[str, Any]:
    return {"outcome": "skipped", "source_id": source_id, "reason": reason}


def _answer(source_id: str, fetch: Fetch) -> Mapping[str, Any]:
    counted = ("outcome", "new", "changed", "unchanged", "unusable", "held_back")
    return {"source_id": source_id} | {name: getattr(fetch, name) for name in counted}
