"""Submits many jobs at once: what can be read is admitted, the rest is refused item by item."""

from typing import Any

from pydantic import ValidationError

from functions.api.check_payload import check_payload
from functions.api.jobs.admit_many import Outcome, submit_many
from functions.api.jobs.bulk_models import BulkAccepted, BulkItem, BulkJob
from functions.api.problems import problem_of
from functions.api.refusals import BadField, BadFields, TooLarge, bad_fields
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.admit import Submission
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job


def submit_bulk(items: list[Any], org_id: str, *, bulk_key: str | None, base_url: str, engine: Engine) -> BulkAccepted:
    """The outcome of each item, in order.

    `bulk_key` gives each item without a key of its own a key that no caller can send: repeating the same bulk repeats
    nothing. Raises TransientError when nothing was admitted because the store is out of reach.
    """
    outcomes: dict[int, Outcome] = {}
    submissions: dict[int, Submission] = {}
    for number, item in enumerate(items):
        try:
            submissions[number] = _submission(item, org_id, bulk_key and f"{bulk_key} {number}")
        except (BadFields, TooLarge) as refusal:
            outcomes[number] = refusal
    made = submit_many(org_id, list(submissions.values()), engine=engine)
    outcomes.update(zip(submissions, made, strict=True))
    shown = [_item(outcomes[number], base_url) for number in range(len(items))]
    accepted = sum(item.job_id is not None for item in shown)
    return BulkAccepted(accepted=accepted, refused=len(shown) - accepted, items=shown)


def _submission(item: Any, org_id: str, derived_key: str | None) -> Submission:
    if not isinstance(item, dict):
        raise BadFields(BadField("job", "must be a JSON object, as in {...}"))
    try:
        job = BulkJob.model_validate(item)
    except ValidationError as error:
        raise bad_fields(error) from None
    check_payload(job.type, job.payload)
    return Submission(
        org_id=org_id,
        type=job.type,
        payload=job.payload,
        priority=job.priority,
        tags=job.tags,
        idempotency_key=job.idempotency_key or derived_key,
    )


def _item(outcome: Job | FlywheelError, base_url: str) -> BulkItem:
    if isinstance(outcome, Job):
        status_url = f"{base_url}/api/jobs/{outcome.job_id}"
        return BulkItem(status=202, job_id=outcome.job_id, job_status=outcome.status, status_url=status_url)
    problem = problem_of(outcome)
    return BulkItem(status=problem.status, problem=problem)
