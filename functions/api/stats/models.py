"""What callers get about the state of an organisation's jobs, or of the whole deployment."""

from pydantic import Field

from functions.api.models import Time, View


class ActiveJobs(View):
    """Jobs that are not over."""

    queued: int
    processing: int
    oldest_age_seconds: float | None = Field(description="Since the oldest was admitted; null when there is none.")


class FinishedJobs(View):
    """What became of the jobs admitted within a period that are over."""

    completed: int
    failed: int
    cancelled: int
    per_minute: float = Field(description="Jobs ended, on average.")
    failure_rate: float | None = Field(description="Failed of completed and failed, 0 to 1; null when there is none.")


class QueueDepth(View):
    """Messages of a queue, about."""

    waiting: int
    in_flight: int
    delayed: int
    dead: int = Field(description="In its dead-letter queue.")


class Stats(View):
    """Figures of one organisation, or of the whole deployment."""

    org_id: str | None = Field(description="Null for the whole deployment.")
    at: Time
    active: ActiveJobs
    last_hour: FinishedJobs
    last_day: FinishedJobs
    queues: dict[str, QueueDepth] | None = Field(description="For administrators: the queues all organisations share.")
    next_runs: dict[str, Time] | None = Field(
        description="For administrators: when the deployment's own schedules run next. /api/schedules has the users'."
    )
