"""The jobs that read a source or a document: what everybody who plans one must agree on. Decision 0012."""

from datetime import datetime

from functions.shared.domain.context.model import Source, SourceKind
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.jobs.admit import Submission
from functions.shared.kernel.jobs.model import Priority
from functions.shared.kernel.schedules.expression import parse_expression
from functions.shared.kernel.schedules.upcoming import upcoming

DEFAULT_CRON = "rate(6 hours)"

JOB_TYPES = {SourceKind.WEBSITE: JobType.SCRAPE_WEBSITE, SourceKind.FEED: JobType.SYNC_RSS}


def planned_fetch(source: Source, due_at: datetime) -> Submission:
    """The one job that fetches this source at this time, however often it is planned.

    It is quiet: a source that stays down is announced once, when it becomes unhealthy.
    """
    return Submission(
        org_id=source.org_id,
        type=JOB_TYPES[source.kind],
        payload={"source_id": source.source_id},
        job_id=derived_id(due_at, "fetch", source.org_id, source.source_id, due_at.isoformat()),
        quiet=True,
    )


def asked_fetch(source: Source) -> Submission:
    """A job that a user asks for now."""
    return Submission(
        org_id=source.org_id,
        type=JOB_TYPES[source.kind],
        payload={"source_id": source.source_id},
        priority=Priority.HIGH,
    )


def next_fetch(source: Source, *, after: datetime) -> datetime | None:
    """When the source's cron asks for its next fetch later than `after`; a rate counts from the source's creation.

    None for a source that is switched off, or whose cron never comes again.
    """
    if not source.enabled:
        return None
    expression = parse_expression(source.cron)
    runs = upcoming(expression, source.timezone, after=after, since=source.created_at, count=1)
    return runs[0] if runs else None
