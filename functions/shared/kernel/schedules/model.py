"""A schedule: which job to make, when, and what became of its latest ticks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from functions.shared.kernel.jobs.model import Priority
from functions.shared.kernel.schedules.expression import parse_expression
from functions.shared.kernel.schedules.upcoming import upcoming

MAX_SKIPS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Skip:
    """A tick that made no job, and why; `job_id` is the run that was still active."""

    scheduled_at: datetime
    reason: str
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as stored. Times are aware UTC datetimes.

    `version` grows with every write, and fences it.
    `revision` grows with what EventBridge Scheduler must be told: `cron`, `timezone`, `enabled`, the deletion;
    `applied` is the newest revision known to have arrived there; `revised_at` is when the current one was made.
    `last_tick_at` is the newest tick that was dealt with, `last_job_id` the newest job that was made;
    `planning` while that job may not have been admitted yet.
    `due_at` is when the reconciler must look at the schedule; None when there is nothing to expect.
    """

    org_id: str
    schedule_id: str
    type: str
    payload: Mapping[str, Any]
    cron: str
    created_at: datetime
    updated_at: datetime
    revised_at: datetime
    name: str | None = None
    priority: Priority = Priority.NORMAL
    timezone: str = "UTC"
    enabled: bool = True
    deleted: bool = False
    version: int = 1
    revision: int = 1
    applied: int = 0
    last_tick_at: datetime | None = None
    last_run_at: datetime | None = None
    last_job_id: str | None = None
    planning: bool = False
    skipped: int = 0
    skips: tuple[Skip, ...] = ()
    missed: int = 0
    last_missed_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def is_applied(self) -> bool:
        """Whether EventBridge Scheduler has what is stored here."""
        return self.applied == self.revision

    def next_runs(self, *, after: datetime, count: int) -> list[datetime]:
        """When it runs next; nothing while it is paused."""
        if not self.enabled or self.deleted:
            return []
        since = max(self.revised_at, self.last_tick_at or self.revised_at)
        return upcoming(parse_expression(self.cron), self.timezone, after=after, since=since, count=count)

    def watched(self, *, after: datetime, grace: timedelta) -> Self:
        """The same, due a look when the next tick after `after` has not come within `grace`.

        What is still to be done about it keeps its own time.
        """
        if self.planning or not self.is_applied:
            return self
        following = self.next_runs(after=after, count=1)
        return replace(self, due_at=following[0] + grace if following else None)

    def with_skip(self, skip: Skip) -> Self:
        """The same with one more skip, of which the latest are kept."""
        return replace(self, skipped=self.skipped + 1, skips=(skip, *self.skips)[:MAX_SKIPS_KEPT])
