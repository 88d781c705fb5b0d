"""Looks at what a dead-letter queue holds, and leaves it there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from functions.shared.kernel.dead_letters.queues import DeadLetterQueues, Letter
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.store import JobStore
from functions.shared.kernel.messages import Id

HIDE_SECONDS = 30
_NO_POINTER = "the message does not name a job"
_GONE = "the job is not stored any more"


class Pointer(BaseModel):
    """What a dead letter tells of its job."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    org_id: Id
    job_id: Id


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message with its job, as far as there is one. `reason` says why it is here."""

    letter: Letter
    reason: str
    pointer: Pointer | None = None
    job: Job | None = None


def browse(lane: str, *, limit: int, queues: DeadLetterQueues, jobs: JobStore) -> list[DeadLetter]:
    """Up to `limit` messages of a lane's dead-letter queue, each with its job and why that failed.

    The messages are hidden from redrives meanwhile, for half a minute should this process die.
    """
    with held(lane, limit=limit, hide_seconds=HIDE_SECONDS, queues=queues) as letters:
        return [explain(letter, jobs=jobs) for letter in letters]


@contextmanager
def held(lane: str, *, limit: int, hide_seconds: int, queues: DeadLetterQueues) -> Iterator[list[Letter]]:
    """Up to `limit` messages, hidden during the block; those still in the list at its end are visible again then."""
    taken: dict[str, Letter] = {}
    kept: list[Letter] = []
    try:
        while len(taken) < limit:
            batch = queues.take(lane, limit=limit - len(taken), hide_seconds=hide_seconds)
            is_news = any(letter.message_id not in taken for letter in batch)
            taken |= {letter.message_id: letter for letter in batch}  # the latest receipt is the valid one
            kept[:] = taken.values()
            if not is_news:
                break
        yield kept
    finally:
        queues.put_back(lane, kept)


def pointer_of(letter: Letter) -> Pointer | None:
    """The job a message points to, or None."""
    try:
        return Pointer.model_validate_json(letter.body)
    except ValidationError:
        return None


def explain(letter: Letter, *, jobs: JobStore) -> DeadLetter:
    """A message with its job and the reason."""
    pointer = pointer_of(letter)
    if pointer is None:
        return DeadLetter(letter, _NO_POINTER)
    job = jobs.get(pointer.org_id, pointer.job_id)
    if job is None:
        return DeadLetter(letter, _GONE, pointer)
    return DeadLetter(letter, job.error or f"the job is {job.status} by now", pointer, job)
