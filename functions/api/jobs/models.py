"""What callers send and get about jobs."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, computed_field

from functions.api.models import Request, Time, View
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.domain.limits import MOST_TAGS
from functions.shared.kernel.jobs.model import JobStatus, Priority
from functions.shared.kernel.messages import Line


def _run_here(value: object) -> object:
    if not (isinstance(value, str) and value in KINDS):
        raise ValueError(f"must be a job type this deployment runs: {', '.join(KINDS)}")
    return value


AvailableJobType = Annotated[
    JobType,
    BeforeValidator(_run_here),
    WithJsonSchema({"type": "string", "enum": [str(job_type) for job_type in KINDS]}),
]
"""A job type this deployment has a worker for."""


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tags)) != len(tags):
        raise ValueError("must not repeat a tag")
    return tags


Tags = Annotated[
    tuple[Annotated[Line, Field(max_length=40)], ...], Field(max_length=MOST_TAGS), AfterValidator(_each_once)
]
"""Up to ten labels of a job, each on one line."""


class JobRequest(Request):
    """A job to run."""

    type: AvailableJobType = Field(description="What to do.")
    payload: dict[str, Any] = Field(description="The type's input, at most 200 KB as JSON.")
    priority: Priority = Field(default=Priority.NORMAL, description="`high` never waits behind `normal`.")
    tags: Tags = Field(default=(), description="Labels of yours, shown with the job.")


class AttemptView(View):
    """One run of a job."""

    number: int
    started_at: Time
    ended_at: Time | None
    outcome: str | None = Field(
        description="completed, retried, deferred, failed, cancelled or lost; null while it runs."
    )
    reason: str | None

    @computed_field(description="Seconds from start to end; null while it runs.")  # type: ignore[prop-decorator]
    @property
    def duration_seconds(self) -> float | None:
        """How long it took."""
        return None if self.ended_at is None else round((self.ended_at - self.started_at).total_seconds(), 3)


class UsageView(View):
    """Tokens of a language model."""

    input_tokens: int
    output_tokens: int


def usage_of(result: Mapping[str, Any] | None) -> UsageView | None:
    """The tokens a job's result says it took."""
    usage = (result or {}).get("usage")
    return UsageView.model_validate(usage, from_attributes=False) if isinstance(usage, Mapping) else None


class JobSummary(View):
    """A job in a list."""

    job_id: str
    org_id: str
    type: JobType
    status: JobStatus
    priority: Priority
    tags: tuple[str, ...]
    created_at: Time
    updated_at: Time
    finished_at: Time | None
    attempt: int = Field(description="The current or next run's number.")
    progress: str | None
    reason: str | None = Field(description="Why the job waits or was cancelled.")
    error: str | None = Field(description="Why the job failed.")
    not_before: Time | None = Field(description="The job does not run earlier.")


class JobView(JobSummary):
    """A job with its input, its runs and what came of it."""

    payload: Mapping[str, Any]
    result: Mapping[str, Any] | None
    attempts: tuple[AttemptView, ...]
    failures: int = Field(description="Failed runs since the job was last started afresh.")
    recoveries: int = Field(description="Runs whose worker was lost, since then.")
    deferrals: int = Field(description="Times the job was put off by a rate limit, since then.")
    cancel_requested: bool

    @computed_field(description="Tokens its result took; null when it has none or needed no model.")  # type: ignore[prop-decorator]
    @property
    def usage(self) -> UsageView | None:
        """What it cost."""
        return usage_of(self.result)


class JobList(View):
    """A page of jobs, newest first."""

    items: list[JobSummary]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")
