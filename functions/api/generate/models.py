"""What callers send and get about a generation."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from functions.api.models import View
from functions.shared.domain.network import DEFAULT_NETWORKS, Network
from functions.shared.domain.payloads import GenerateContentPayload
from functions.shared.kernel.jobs.model import JobStatus, Priority


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


class GenerationStatus(View):
    """Where a generation is."""

    job_id: str
    status: JobStatus
    result: Mapping[str, Any] | None = Field(default=None, description="What was made; only when completed.")
    error: str | None = Field(default=None, description="Why it failed; only when failed.")
