"""Jobs: submit, list, look at, cancel, retry."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from functions.api.answers import accepted, answers, json_answer
from functions.api.check_payload import check_payload
from functions.api.cursors import Listing
from functions.api.identity import Caller
from functions.api.jobs.bulk_models import BulkAccepted, BulkRequest
from functions.api.jobs.change import cancel, retry
from functions.api.jobs.models import JobList, JobRequest, JobSummary, JobView
from functions.api.jobs.submit_bulk import submit_bulk
from functions.api.models import Accepted
from functions.api.parameters import DEFAULT_LIMIT, Cursor, IdempotencyKey, Limit, PathId, is_id, the_job
from functions.api.refusals import BadField, BadFields, Forbidden, Missing
from functions.api.resolver import new_router
from functions.api.services import BaseUrl, TheCaller, TheServices
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.model import JobStatus

router = new_router()


@router.post(
    "/api/jobs",
    summary="Submit a job",
    tags=["jobs"],
    status_code=202,
    responses=answers(202, Accepted, 409, 429, body=True),
)
def submit_job(
    body: Annotated[JobRequest, Body()],
    services: TheServices,
    caller: TheCaller,
    base_url: BaseUrl,
    idempotency_key: IdempotencyKey = None,
) -> Response[str]:
    check_payload(body.type, body.payload)
    submission = Submission(
        org_id=caller.org_id,
        type=body.type,
        payload=body.payload,
        priority=body.priority,
        tags=body.tags,
        idempotency_key=idempotency_key,
    )
    job = submit(submission, engine=services.engine)
    return accepted(job, status_url=f"{base_url}/api/jobs/{job.job_id}")


@router.post(
    "/api/jobs/bulk",
    summary="Submit up to 100 jobs",
    description="Each job is taken or refused by itself: the answer is 202 with an outcome for each. With an "
    "`Idempotency-Key`, repeating the same bulk repeats no job.",
    tags=["jobs"],
    status_code=202,
    responses=answers(202, BulkAccepted, body=True),
)
def submit_jobs(
    body: Annotated[BulkRequest, Body()],
    services: TheServices,
    caller: TheCaller,
    base_url: BaseUrl,
    idempotency_key: IdempotencyKey = None,
) -> Response[str]:
    view = submit_bulk(
        body.jobs,
        caller.org_id,
        bulk_key=idempotency_key,
        base_url=base_url,
        engine=services.engine,
    )
    return json_answer(202, view, exclude_none=True)


@router.get("/api/jobs", summary="List jobs, newest first", tags=["jobs"], responses=answers(200, JobList, 422))
def list_jobs(
    services: TheServices,
    caller: TheCaller,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    type: Annotated[JobType | None, Query(description="Only jobs of this type.")] = None,  # noqa: A002 the contract's name
    org_id: Annotated[str | None, Query(description="Another organisation; for administrators.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[str]:
    listing = Listing("jobs", _listed_org(caller, org_id), (status, type))
    jobs, next_before = services.engine.store.newest(
        listing.org_id, status=status, job_type=type, limit=limit, before=listing.position(cursor)
    )
    items = [JobSummary.model_validate(job) for job in jobs]
    return json_answer(200, JobList(items=items, next_cursor=listing.cursor(next_before)))


@router.get("/api/jobs/<job_id>", summary="Look at a job", tags=["jobs"], responses=answers(200, JobView, 404))
def show_job(job_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    return json_answer(200, JobView.model_validate(the_job(job_id, services, caller)))


@router.delete(
    "/api/jobs/<job_id>",
    summary="Cancel a job",
    description="A queued job is cancelled at once, a processing one when its worker next looks.",
    tags=["jobs"],
    status_code=202,
    responses=answers(202, Accepted, 404, 409),
)
def cancel_job(job_id: PathId, services: TheServices, caller: TheCaller, base_url: BaseUrl) -> Response[str]:
    job = cancel(caller.org_id, _existing(job_id), engine=services.engine)
    return accepted(job, status_url=f"{base_url}/api/jobs/{job.job_id}")


@router.post(
    "/api/jobs/<job_id>/retry",
    summary="Run a failed or cancelled job again",
    tags=["jobs"],
    status_code=202,
    responses=answers(202, Accepted, 404, 409, 429),
)
def retry_job(job_id: PathId, services: TheServices, caller: TheCaller, base_url: BaseUrl) -> Response[str]:
    job = retry(caller.org_id, _existing(job_id), engine=services.engine)
    return accepted(job, status_url=f"{base_url}/api/jobs/{job.job_id}")


def _existing(job_id: str) -> str:
    if not is_id(job_id):
        raise Missing("job", job_id)
    return job_id


def _listed_org(caller: Caller, org_id: str | None) -> str:
    if org_id is None:
        return caller.org_id
    if not caller.is_operator:
        raise Forbidden("only operators may pass org_id; leave it out to list your own organisation's jobs")
    if not is_id(org_id):
        raise BadFields(BadField("org_id", "is not an organisation's id"))
    return org_id
