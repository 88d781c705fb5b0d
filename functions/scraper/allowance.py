"""How many new items a source may bring in a day."""

from collections.abc import Iterable
from datetime import date

from functions.scraper.reading import Counts
from functions.shared.domain.context.items.store import Known
from functions.shared.domain.context.model import Growth, Source
from functions.shared.kernel.clock import moment_of
from functions.shared.kernel.jobs.model import Job

MOST_NEW_A_DAY = 200
"""New items of one source on one UTC day.

Large news sites publish about that much in a day. A broken or hostile feed, whose 500 entries are fresh ones every
15 minutes, would bring 48,000, each stored for a year.
"""


def left_of_allowance(job: Job, source: Source, known: Iterable[Known], *, own: int, day: date) -> int:
    """How many more items the job may add to its own of that day.

    What other jobs brought is what they recorded, or what is known from today where that is more: of a job that is
    still at it, or that ended before it could record.
    """
    recorded = _recorded(source.growth, day)
    recorded.pop(job.job_id, None)
    seen = sum(moment_of(each.item_id).date() == day for each in known) - own
    return max(0, MOST_NEW_A_DAY - max(sum(recorded.values()), seen) - own)


def grown(growth: Growth | None, job: Job, counts: Counts) -> Growth | None:
    """The source's growth with what a job brought, which counts once however often the job records it."""
    if counts.day is None or (growth is not None and growth.day > counts.day):
        return growth
    brought = _recorded(growth, counts.day) | {job.job_id: counts.spent}
    by_job = {job_id: new for job_id, new in brought.items() if new}
    return Growth(day=counts.day, by_job=by_job, held_back=counts.held_back)


def _recorded(growth: Growth | None, day: date) -> dict[str, int]:
    return dict(growth.by_job) if growth is not None and growth.day == day else {}
