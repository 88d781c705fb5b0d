"""A topic becomes posts: the short way to submit a `GENERATE_CONTENT` job, and to watch it."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.answers import accepted, answers, json_answer
from functions.api.generate.models import GenerateRequest, GenerationStatus
from functions.api.models import Accepted
from functions.api.parameters import IdempotencyKey, PathId, the_job
from functions.api.resolver import new_router
from functions.api.services import BaseUrl, TheCaller, TheServices
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.model import JobStatus

router = new_router()


@router.post(
    "/api/ai/generate",
    summary="Write posts about a topic",
    tags=["generate"],
    status_code=202,
    responses=answers(202, Accepted, 409, 429, body=True),
)
def generate(
    body: Annotated[GenerateRequest, Body()],
    services: TheServices,
    caller: TheCaller,
    base_url: BaseUrl,
    idempotency_key: IdempotencyKey = None,
) -> Response[str]:
    submission = Submission(
        org_id=caller.org_id,
        type=JobType.GENERATE_CONTENT,
        payload=body.payload(),
        priority=body.priority,
        idempotency_key=idempotency_key,
    )
    job = submit(submission, engine=services.engine)
    return accepted(job, status_url=f"{base_url}/api/ai/generate/status/{job.job_id}")


@router.get(
    "/api/ai/generate/status/<job_id>",
    summary="Where a generation is, and its result",
    tags=["generate"],
    responses=answers(200, GenerationStatus, 404),
)
def generation_status(job_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    job = the_job(job_id, services, caller)
    view = GenerationStatus(
        job_id=job.job_id,
        status=job.status,
        result=job.result if job.status is JobStatus.COMPLETED else None,
        error=job.error if job.status is JobStatus.FAILED else None,
    )
    return json_answer(200, view, exclude_none=True)
