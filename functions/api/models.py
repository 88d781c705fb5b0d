"""What callers send and get about jobs and accounts. The bounds here are the ones the OpenAPI document shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    computed_field,
)

from functions.shared.clock import rfc3339
from functions.shared.content import AccountState
from functions.shared.jobs.catalog import CATALOG
from functions.shared.jobs.model import JobStatus, JobType, Priority
from functions.shared.messages import DEFAULT_NETWORKS, GenerateContentPayload, Line
from functions.shared.networks import Network

Time = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment as RFC 3339 in UTC."""


def _run_here(value: object) -> object:
    if not (isinstance(value, str) and value in CATALOG):
        raise ValueError(f"must be a job type this deployment runs: {', '.join(CATALOG)}")
    return value


AvailableJobType = Annotated[
    JobType,
    BeforeValidator(_run_here),
    WithJsonSchema({"type": "string", "enum": [str(job_type) for job_type in CATALOG]}),
]
"""A job type this deployment has a worker for."""


def _fit_for_a_header(token: SecretStr) -> SecretStr:
    if any(not "!" <= character <= "~" for character in token.get_secret_value()):
        raise ValueError("must be visible ASCII characters, without spaces or line breaks")
    return token


Token = Annotated[SecretStr, Field(min_length=1, max_length=4096), AfterValidator(_fit_for_a_header)]
"""A credential, which no message or log line repeats."""


class Request(BaseModel):
    """A body: unknown fields are refused, so that a misspelt option is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class View(BaseModel):
    """A part of an answer, read from a domain object's attributes."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)


class GenerateRequest(GenerateContentPayload):
    """A topic to write about, for the given networks."""

    platforms: tuple[Network, ...] = Field(
        default=DEFAULT_NETWORKS,
        min_length=1,
        max_length=6,
        description="Networks to write for, each once; `x` is accepted for `twitter`.",
    )
    priority: Priority = Field(default=Priority.NORMAL, description="`high` never waits behind `normal`.")

    def payload(self) -> dict[str, Any]:
        """The job's payload."""
        return self.model_dump(mode="json", exclude={"priority"})


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tags)) != len(tags):
        raise ValueError("must not repeat a tag")
    return tags


Tags = Annotated[tuple[Annotated[Line, Field(max_length=40)], ...], Field(max_length=10), AfterValidator(_each_once)]
"""Up to ten labels of a job, each on one line."""

IdempotencyKeyText = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]
"""1 to 255 visible ASCII characters."""


class JobRequest(Request):
    """A job to run."""

    type: AvailableJobType = Field(description="What to do.")
    payload: dict[str, Any] = Field(description="The type's input, at most 200 KB as JSON.")
    priority: Priority = Field(default=Priority.NORMAL, description="`high` never waits behind `normal`.")
    tags: Tags = Field(default=(), description="Labels of yours, shown with the job.")


class Accepted(View):
    """Work that was taken in, and where to watch it."""

    job_id: str
    status: JobStatus
    status_url: str = Field(description="Absolute address of the job's status; poll it after `Retry-After` seconds.")


class GenerationStatus(View):
    """Where a generation is."""

    job_id: str
    status: JobStatus
    result: Mapping[str, Any] | None = Field(default=None, description="What was made; only when completed.")
    error: str | None = Field(default=None, description="Why it failed; only when failed.")


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


class AccountRequest(Request):
    """A social account to post on."""

    network: Network = Field(description="`x` is accepted for `twitter`.")
    name: Line = Field(max_length=100, description="How you call the account.")
    publisher: Literal["preview", "x"] | None = Field(
        default=None,
        description="`x` posts to X; `preview` stores exactly what would be posted. By default `x` for twitter, "
        "`preview` for every other network.",
    )
    access_token: Token | None = Field(default=None, description="The account's OAuth 2 user token; kept secret.")
    refresh_token: Token | None = Field(default=None, description="Renews the access token; kept secret.")


class AccountChange(Request):
    """What to change of an account; what is left out stays."""

    name: Line | None = Field(default=None, max_length=100, description="How you call the account.")
    enabled: StrictBool | None = Field(default=None, description="Whether posts are made on it.")
    access_token: Token | None = Field(
        default=None, description="A new OAuth 2 user token; with it, the refresh token is replaced or forgotten, too."
    )
    refresh_token: Token | None = Field(default=None, description="Renews the new access token, which must be given.")


class AccountView(View):
    """A connected account. Its tokens are never shown."""

    account_id: str
    network: Network
    name: str
    publisher: str
    enabled: bool
    created_at: Time
    handle: str | None = Field(description="What the network calls it, without `@`, where that is known.")
    state: AccountState = Field(
        description="`needs_authorisation`: the network takes its tokens no more. Its posts wait until it is connected "
        "anew; other accounts go on."
    )
    state_reason: str | None = Field(description="Why it needs authorisation.")
    state_since: Time | None = Field(description="Since when it is in this state; null since it was connected.")
    token_expires_at: Time | None = Field(
        description="When its access token ends, where the network told; it is renewed by itself."
    )


class AccountList(View):
    """A page of accounts, oldest first."""

    items: list[AccountView]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")


class Alive(View):
    """The API lives."""

    status: Literal["ok"] = "ok"


class PartHealth(View):
    """Whether one dependency answers."""

    status: Literal["ok", "degraded"]
    milliseconds: int
    reason: str | None = None


class Health(View):
    """Whether the API can do its work."""

    status: Literal["ok", "degraded"]
    parts: dict[str, PartHealth] = Field(description="Each table and each queue.")
