"""Creates, changes and deletes sources, and plans their first fetch.

A new source is stored as due at once. Its first job is then planned right here; should that not happen, the planner
plans the same job.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from functions.api.masked import addresses_meant
from functions.api.preconditions import entity_tag, require_match
from functions.api.refusals import BadField, BadFields, Missing, require_values
from functions.api.services import Services
from functions.api.sources.models import SourceChange, SourceRequest
from functions.shared.domain.context.model import Source, SourceKind
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.domain.context.sources.fetch_job import asked_fetch, next_fetch, planned_fetch
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.admit import plan, submit
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.log import log
from functions.shared.kernel.outbound import require_address

_TRIES = 5
_NAME_LENGTH = 100
_TIMING = ("cron", "timezone", "enabled")
_USUAL_PORTS = {"http": 80, "https": 443}
# All else was learned at the old address, and says nothing of a new one.
_OWN = {
    "org_id",
    "source_id",
    "kind",
    "name",
    "url",
    "cron",
    "timezone",
    "enabled",
    "created_at",
    "updated_at",
    "version",
}


def create_source(request: SourceRequest, org_id: str, *, services: Services) -> Source:
    """Store a new source and plan its first fetch.

    Its id derives from its address and the second it is made in, so that a double click makes one source.
    Raises BadFields, StateForbids when the organisation has the source already, and LimitReached.
    """
    _require_fetchable(_meant(request.url, []), services)
    now = services.engine.clock()
    source = Source(
        org_id=org_id,
        source_id=derived_id(_to_the_second(now), org_id, *map(str, _place(request.kind, request.url))),
        kind=request.kind,
        name=request.name or (urlsplit(request.url).hostname or request.url)[:_NAME_LENGTH],
        url=request.url,
        cron=request.cron,
        timezone=request.timezone,
        enabled=request.enabled,
        created_at=now,
        updated_at=now,
        next_fetch_at=_to_the_second(now) if request.enabled else None,
    )
    _require_a_fetch(source, now)
    _require_only_one(source, services.sources.of_org(org_id))
    services.sources.add(source)
    _give_way(source, services)
    log.info("source created", action="source_created", org_id=org_id, source_id=source.source_id, kind=source.kind)
    return _first_fetch_planned(source, services)


def source_tag(source: Source) -> str:
    """The entity tag of what people change of a source."""
    return entity_tag("source", {name: getattr(source, name) for name in SourceChange.model_fields})


def change_source(source: Source, change: SourceChange, *, if_match: str | None = None, services: Services) -> Source:
    """Store what changes. Raises BadFields, StateForbids for another source's address, Missing when it is gone.

    Raises Stale when it is not as `if_match` says.
    """
    given = _given(change)
    if "url" in given:
        given["url"] = _meant(given["url"], [source.url])
        _require_fetchable(given["url"], services)
    for _ in range(_TRIES):
        require_match(if_match, source_tag(source))
        after = _changed(source, given, services.engine.clock())
        if not _is_same_place(source, after):
            _require_only_one(after, _others(after, services))
        try:
            stored = services.sources.replace(source, after)
        except Overtaken:
            source = find_source(source.org_id, source.source_id, services=services)
            continue
        log.info("source changed", action="source_changed", source_id=stored.source_id, changed=sorted(given))
        return stored
    raise TransientError("the source keeps changing; try again")


def delete_source(source: Source, *, services: Services) -> None:
    """Forget a source. Its items stay; a fetch that is under way may still bring some, and changes nothing else."""
    services.sources.delete(source.org_id, source.source_id)
    log.info("source deleted", action="source_deleted", org_id=source.org_id, source_id=source.source_id)


def fetch_source(source: Source, *, idempotency_key: str | None, services: Services) -> Job:
    """Submit a fetch of the source. Raises StateForbids when it is switched off, and what `submit` raises."""
    if not source.enabled:
        raise StateForbids("the source is switched off; set `enabled` to true first")
    return submit(replace(asked_fetch(source), idempotency_key=idempotency_key), engine=services.engine)


def find_source(org_id: str, source_id: str, *, services: Services) -> Source:
    """The organisation's source; raises Missing."""
    source = services.sources.get(org_id, source_id)
    if source is None:
        raise Missing("source", source_id)
    return source


def _give_way(source: Source, services: Services) -> None:
    """Of two made at the same moment, only the one with the lesser id stays, which is the older one."""
    try:
        _require_only_one(source, [other for other in _others(source, services) if other.source_id < source.source_id])
    except StateForbids:
        services.sources.delete(source.org_id, source.source_id)
        raise


def _first_fetch_planned(source: Source, services: Services) -> Source:
    if source.next_fetch_at is None:
        return source
    try:
        job, _ = plan(planned_fetch(source, source.next_fetch_at), engine=services.engine)
        upcoming = next_fetch(source, after=source.next_fetch_at)
        planned = source.model_copy(update={"next_fetch_at": upcoming, "last_job_id": job.job_id})
        return services.sources.replace(source, planned)
    except Overtaken:  # by the planner, or by a job that is quick
        return services.sources.get(source.org_id, source.source_id) or source
    except TransientError as error:
        log.warning(
            "left to the planner",
            action="first_fetch_postponed",
            source_id=source.source_id,
            reason=error.reason,
        )
        return source


def _changed(source: Source, given: dict[str, Any], now: datetime) -> Source:
    after = source.model_copy(update={**given, "updated_at": now})
    if any(getattr(after, name) != getattr(source, name) for name in _TIMING):
        _require_a_fetch(after, now)
        is_due = after.enabled and source.next_fetch_at is not None and source.next_fetch_at <= now
        upcoming = source.next_fetch_at if is_due else next_fetch(after, after=now)
        after = after.model_copy(update={"next_fetch_at": upcoming})
    if not _is_same_place(source, after):
        # Not to the second: in that of its creation the source has a job already, which read the old address.
        return Source(**after.model_dump(include=_OWN), next_fetch_at=now if after.enabled else None)
    return after


def _given(change: SourceChange) -> dict[str, Any]:
    require_values(change)
    return {name: getattr(change, name) for name in change.model_fields_set}


def _to_the_second(now: datetime) -> datetime:
    """What ids derive from: of a job, however finely a store keeps time."""
    return now.replace(microsecond=0)


def _meant(url: str, stored: Sequence[str]) -> str:
    (meant,) = addresses_meant([url], stored)
    if isinstance(meant, PermanentError):
        raise BadFields(BadField("url", meant.reason))
    return meant


def _require_fetchable(url: str, services: Services) -> None:
    try:
        require_address(url, services.sources_bounds)
    except PermanentError as error:
        raise BadFields(BadField("url", error.reason)) from None


def _require_a_fetch(source: Source, now: datetime) -> None:
    if next_fetch(source.model_copy(update={"enabled": True}), after=now) is None:
        raise BadFields(BadField("cron", "never comes; look at the day, the month and the year together"))


def _others(source: Source, services: Services) -> list[Source]:
    return [other for other in services.sources.of_org(source.org_id) if other.source_id != source.source_id]


def _require_only_one(source: Source, others: Sequence[Source]) -> None:
    for other in others:
        if _is_same_place(source, other):
            raise StateForbids(f"the source {other.source_id} (`{other.name}`) reads this {source.kind} already")


def _is_same_place(one: Source, other: Source) -> bool:
    return _place(one.kind, one.url) == _place(other.kind, other.url)


def _place(kind: SourceKind, url: str) -> tuple[SourceKind, str, str | None, int | None, str, str]:
    """The spellings of an address that reach the same thing give the same place."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    port = parts.port or _USUAL_PORTS.get(scheme)
    return (kind, scheme, parts.hostname, port, parts.path or "/", parts.query)
