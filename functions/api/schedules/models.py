"""What callers send and get about schedules."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool

from functions.api.jobs.models import AvailableJobType
from functions.api.models import Request, Time, View
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs.model import JobStatus, Priority
from functions.shared.kernel.messages import Line
from functions.shared.kernel.schedules.expression import MAX_LENGTH, parse_expression
from functions.shared.kernel.schedules.upcoming import zone

NEXT_RUNS_SHOWN = 5


def _expression(text: str) -> str:
    return parse_expression(text).text


def _zone(name: str) -> str:
    return zone(name).key


Cron = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_LENGTH,
        description="When: `cron(...)` or its bare six fields, as AWS has them (minutes hours day-of-month month "
        "day-of-week year), or `rate(6 hours)`. Never more often than each minute, and of what is paid for "
        "(GENERATE_*, PUBLISH_CONTENT, SYNC_ANALYTICS) never more often than every 15 minutes.",
        examples=["cron(0 9 ? * MON-FRI *)", "rate(6 hours)"],
    ),
    AfterValidator(_expression),
]
Timezone = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        description="IANA name of the time zone a cron is read in. A local time that a clock change leaves out is "
        "skipped, one that it repeats runs once.",
        examples=["Europe/Berlin"],
    ),
    AfterValidator(_zone),
]
Name = Annotated[Line, Field(max_length=100, description="How you call the schedule.")]
Payload = Annotated[dict[str, Any], Field(description="The input of each job, at most 200 KB as JSON.")]


class ScheduleRequest(Request):
    """A job to run again and again."""

    type: AvailableJobType = Field(description="What to do.")
    payload: Payload
    cron: Cron
    timezone: Timezone = "UTC"
    enabled: StrictBool = Field(default=True, description="Whether it runs; a paused schedule is kept.")
    name: Name | None = None
    priority: Priority = Field(default=Priority.NORMAL, description="`high` never waits behind `normal`.")


class ScheduleChange(Request):
    """What to change; what is left out stays."""

    type: AvailableJobType | None = Field(default=None, description="What to do.")
    payload: Payload | None = None
    cron: Cron | None = None
    timezone: Timezone | None = None
    enabled: StrictBool | None = Field(default=None, description="Whether it runs; a paused schedule is kept.")
    name: Name | None = None
    priority: Priority | None = Field(default=None, description="`high` never waits behind `normal`.")


class LastRun(View):
    """The newest run."""

    scheduled_at: Time
    job_id: str
    outcome: JobStatus | None = Field(description="Where its job is; null when the job is not kept any more.")
    reason: str | None = Field(description="Why it failed, waits or was cancelled.")
    finished_at: Time | None


class SkipView(View):
    """A run that was due and did not happen."""

    scheduled_at: Time
    reason: str
    job_id: str | None = Field(description="The run that was still active.")


class ScheduleView(View):
    """A schedule, what became of its latest run, and when it runs next."""

    schedule_id: str
    name: str | None
    type: JobType
    payload: Mapping[str, Any]
    priority: Priority
    cron: str
    timezone: str
    enabled: bool
    state: Literal["active", "paused", "applying"] = Field(
        description="`applying` until EventBridge Scheduler has the latest change, which is seconds."
    )
    created_at: Time
    updated_at: Time
    last_run: LastRun | None
    next_runs: tuple[Time, ...] = Field(description="The next five; none while it is paused.")
    skipped: int = Field(description="Runs that did not happen because the one before was still active, or the like.")
    recent_skips: tuple[SkipView, ...] = Field(description="The newest of them, newest first.")
    missed: int = Field(description="Runs that EventBridge Scheduler did not start in time.")
    last_missed_at: Time | None


class ScheduleList(View):
    """A page of schedules, oldest first."""

    items: list[ScheduleView]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")
