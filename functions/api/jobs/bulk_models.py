"""What callers send and get when they submit many jobs at once."""

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from functions.api.jobs.models import JobRequest
from functions.api.models import IdempotencyKeyText, Request, View
from functions.api.problems import Problem
from functions.shared.kernel.jobs.model import JobStatus

MAX_JOBS = 100


class BulkJob(JobRequest):
    """One of the jobs to run."""

    idempotency_key: IdempotencyKeyText | None = Field(
        default=None, description="As the header `Idempotency-Key`, for this job alone."
    )


def _documented() -> dict[str, Any]:
    schema = BulkJob.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"type": "array", "items": schema, "minItems": 1, "maxItems": MAX_JOBS}


class BulkRequest(Request):
    """Jobs to run. Each is taken or refused by itself."""

    jobs: Annotated[list[Any], WithJsonSchema(_documented())] = Field(
        min_length=1, max_length=MAX_JOBS, description="1 to 100 jobs."
    )


class BulkItem(View):
    """What became of the job at the same place of the request."""

    status: int = Field(description="The status this job alone would have been answered with; 202 when taken.")
    job_id: str | None = Field(default=None, description="When taken.")
    job_status: JobStatus | None = Field(default=None, description="When taken.")
    status_url: str | None = Field(default=None, description="When taken: absolute address of the job.")
    problem: Problem | None = Field(default=None, description="When refused: why, naming each bad field.")


class BulkAccepted(View):
    """An outcome for each job, in the order of the request."""

    accepted: int = Field(description="How many were taken.")
    refused: int
    items: list[BulkItem]
