"""What the engine must know of a type of job: its queue family, its payload's model and its message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.model import Job, Priority
from functions.shared.kernel.messages import JobMessage

Payload = TypeVar("Payload", bound=BaseModel)


def pointer_to(job: Job) -> JobMessage:
    """The message most jobs have."""
    return JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A type of job this deployment runs; `message` makes what is sent to its queue.

    A `paid` one makes calls that cost the operator money, of a model or of a network.
    """

    family: str
    payload: type[BaseModel]
    message: Callable[[Job], JobMessage] = pointer_to
    paid: bool = False


Kinds = Mapping[str, JobKind]
"""The types of jobs a deployment runs, by name."""


def lane_of(job: Job, kinds: Kinds) -> str:
    """The lane's name, as in the `queue_urls` setting: the family, with `-high` for the high lane."""
    family = kinds[job.type].family
    return f"{family}-high" if job.priority is Priority.HIGH else family


def message_for(job: Job, kinds: Kinds) -> JobMessage:
    """The pointer to a job, as its queue wants it."""
    return kinds[job.type].message(job)


def parse_payload(model: type[Payload], payload: Mapping[str, Any]) -> Payload:
    """Validate a job's payload; PermanentError names each bad field and why."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise PermanentError(f"invalid payload: {describe_problems(error)}") from None


def describe_problems(error: ValidationError) -> str:
    """`field: message` for each problem, without echoing the input."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'payload'}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    )
