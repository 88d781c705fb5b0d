"""Writes on a source how its fetch went: its health, what it said of itself, and when it is fetched next.

Decision 0013.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from functions.scraper.allowance import grown
from functions.scraper.change_source import change_source
from functions.scraper.next_due import next_due
from functions.scraper.reading import Visit
from functions.scraper.services import Services
from functions.shared.domain.context.model import Fetch, Source, SourceHealth
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log
from functions.shared.kernel.masking import mask_address, mask_text
from functions.shared.kernel.notifications.model import NotificationKind
from functions.shared.kernel.notifications.notify import Event, notify

UNHEALTHY_AFTER = 5
"""Failed fetches in a row, each a run of a job."""

Change = Callable[[Source], Source | None]


def run_name(job: Job) -> str:
    """The run of a job, as a fetch names it."""
    return f"{job.job_id}/{job.attempt}"


def record_success(job: Job, source: Source, visit: Visit, *, services: Services) -> Fetch:
    """One success heals. The items must be stored before: the source's ETag says that its content is known."""
    now = services.engine.clock()
    fetch = Fetch(
        at=now,
        attempt=run_name(job),
        outcome="unchanged" if _is_unchanged(visit) else "fetched",
        new=visit.counts.new,
        changed=visit.counts.changed,
        unchanged=visit.counts.unchanged,
        unusable=visit.reading.unusable + visit.counts.left_out if visit.reading else 0,
        held_back=visit.counts.held_back,
    )
    learned: dict[str, Any] = {
        "health": SourceHealth.HEALTHY,
        "failures": 0,
        "failing_since": None,
        "last_fetch": fetch,
        "last_success_at": now,
        "last_job_id": job.job_id,
        "etag": visit.fetched.etag,
        "last_modified": visit.fetched.last_modified,
        "content_hash": visit.content_hash,
        "crawl_delay": visit.crawl_delay,
    }
    if visit.reading is not None:
        learned["read_at"] = now

    def healed(stored: Source) -> Source:
        due = next_due(stored, now=now, not_before=_not_before(visit, now))
        growth = grown(stored.growth, job, visit.counts)
        return stored.model_copy(update={**learned, "next_fetch_at": due, "growth": growth})

    _change(source, healed, services)
    return fetch


def record_failure(job: Job, source: Source, reason: str, *, services: Services) -> None:
    """One more failed fetch, counted once for each run; the fifth in a row is told to the source's users."""
    now = services.engine.clock()
    fetch = Fetch(at=now, attempt=run_name(job), outcome="failed", reason=reason)

    def failing(stored: Source) -> Source | None:
        if stored.last_fetch is not None and stored.last_fetch.attempt == fetch.attempt:
            return None
        after = stored.model_copy(
            update={
                "health": SourceHealth.UNHEALTHY if stored.failures + 1 >= UNHEALTHY_AFTER else SourceHealth.FAILING,
                "failures": stored.failures + 1,
                "failing_since": stored.failing_since or now,
                "last_fetch": fetch,
                "last_job_id": job.job_id,
            }
        )
        if after.health is SourceHealth.UNHEALTHY and stored.health is not SourceHealth.UNHEALTHY:
            notify(_unhealthy(after, now), store=services.notifications)
        return after

    log.warning("fetch failed", action="fetch_failed", source_id=source.source_id, reason=reason)
    _change(source, failing, services)


def why(error: Exception) -> str:
    """The sentence for the source's users."""
    if isinstance(error, FlywheelError):
        return mask_text(error.reason)
    return f"unexpected {type(error).__name__}; the log of the fetch's job has the details"


def _change(source: Source, change: Change, services: Services) -> None:
    """Store the change, unless the source has another address by now: what was fetched says nothing of that."""

    def same_place(stored: Source) -> Source | None:
        return change(stored) if (stored.url, stored.kind) == (source.url, source.kind) else None

    change_source(source, same_place, sources=services.sources)


def _is_unchanged(visit: Visit) -> bool:
    counts = visit.counts
    others = counts.new or counts.changed or counts.held_back
    return visit.reading is None or (counts.unchanged > 0 and not others)


def _not_before(visit: Visit, now: datetime) -> datetime | None:
    """The later of what the answer and the feed itself ask for."""
    ttl = visit.reading.ttl if visit.reading else None
    asked = [visit.fetched.not_before, now + ttl if ttl else None]
    return max((moment for moment in asked if moment is not None), default=None)


def _unhealthy(source: Source, now: datetime) -> Event:
    since = rfc3339(source.failing_since or now)
    path = f"/api/sources/{source.source_id}"
    last = source.last_fetch.reason if source.last_fetch else None
    return Event(
        org_id=source.org_id,
        event_id=f"source-unhealthy:{source.source_id}:{since}",
        kind=NotificationKind.SOURCE_UNHEALTHY,
        at=now,
        title=f"The source {source.name} cannot be read",
        reason=f"{source.failures} fetches of {mask_address(source.url)} in a row have failed since {since}; "
        f"the last one: {last}",
        advice=(
            f"Open the address in a browser. If it has moved, change it with PATCH {path}; if it is back, POST "
            f"{path}/fetch reads it at once; if it is gone, DELETE {path}. Until then it is tried at its usual times."
        ),
        link=path,
        about="sources",
    )
