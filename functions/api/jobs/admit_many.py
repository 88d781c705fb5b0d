"""Takes in many submissions of one organisation at once: each is admitted wholly or refused with its own reason."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.jobs.admit import Submission, first_job, key_of, new_job, submit
from functions.shared.kernel.jobs.dispatch import keep_words
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.refusals import CapReached
from functions.shared.kernel.jobs.slots import free_slots
from functions.shared.kernel.jobs.store import ADMIT_AT_ONCE, Admission, IdempotencyKey, Refused
from functions.shared.kernel.jobs.telemetry import Happening, tell
from functions.shared.kernel.log import log

Outcome = Job | FlywheelError
"""The job, or why there is none."""


def submit_many(org_id: str, submissions: Sequence[Submission], *, engine: Engine) -> list[Outcome]:
    """Admit up to 100 submissions of `org_id`; the outcomes come in their order.

    Transactions take up to 33 jobs each. What a transaction refuses, because somebody else writes at the same time,
    and keys that occur twice among the submissions, are then submitted one by one. Raises TransientError when the
    store is out of reach before anything was admitted.
    """
    keys = [key_of(submission) for submission in submissions]
    outcomes = _repeated(org_id, keys, engine)
    chosen, refused = _choose(submissions, keys, _first_uses(keys, outcomes), engine)
    outcomes |= refused
    admitted, unreachable = _admit(chosen, engine)
    outcomes |= unreachable
    outcomes |= admitted
    _send(list(admitted.values()), engine)
    for number, submission in enumerate(submissions):
        if number not in outcomes:
            outcomes[number] = _alone(submission, engine)
    return [outcomes[number] for number in range(len(submissions))]


def _repeated(org_id: str, keys: Sequence[IdempotencyKey | None], engine: Engine) -> dict[int, Outcome]:
    """The outcomes of those submissions whose key is known already."""
    given = {key.key: key for key in keys if key is not None}
    known = engine.store.known_keys(org_id, list(given.values())) if given else {}
    outcomes: dict[int, Outcome] = {}
    for number, key in enumerate(keys):
        if key is not None and key.key in known:
            try:
                outcomes[number] = first_job(org_id, known[key.key], key, engine)
            except FlywheelError as refusal:
                outcomes[number] = refusal
    return outcomes


def _first_uses(keys: Sequence[IdempotencyKey | None], outcomes: Mapping[int, Outcome]) -> list[int]:
    """The submissions that can be admitted together: no key occurs twice among them."""
    seen: set[str] = set()
    fresh = []
    for number, key in enumerate(keys):
        if number in outcomes or (key is not None and key.key in seen):
            continue
        fresh.append(number)
        seen.update(() if key is None else (key.key,))
    return fresh


def _choose(
    submissions: Sequence[Submission], keys: Sequence[IdempotencyKey | None], fresh: Sequence[int], engine: Engine
) -> tuple[dict[int, Admission], dict[int, Outcome]]:
    """Give each of the `fresh` a slot for as long as there are any."""
    chosen: dict[int, Admission] = {}
    refused: dict[int, Outcome] = {}
    slots = free_slots(submissions[fresh[0]].org_id, engine=engine) if fresh else []
    for number in fresh:
        if not slots:
            refused[number] = CapReached(active=engine.active_jobs_per_org, limit=engine.active_jobs_per_org)
            continue
        try:
            job = new_job(submissions[number], slot=slots[0].number, engine=engine)
        except FlywheelError as refusal:
            refused[number] = refusal
            continue
        chosen[number] = Admission(job, keys[number], slots.pop(0).left_by)
    return chosen, refused


def _admit(chosen: Mapping[int, Admission], engine: Engine) -> tuple[dict[int, Job], dict[int, Outcome]]:
    """The jobs that were admitted together, and those of which nobody knows; the rest met somebody else's write."""
    admitted: dict[int, Job] = {}
    unreachable: dict[int, Outcome] = {}
    for numbers in _parts(list(chosen)):
        try:
            engine.store.admit_all([chosen[number] for number in numbers])
        except Refused:
            continue
        except TransientError as error:
            unreachable.update(dict.fromkeys(numbers, error))
        else:
            admitted.update((number, chosen[number].job) for number in numbers)
    return admitted, unreachable


def _parts(numbers: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(numbers)
    while part := list(islice(rest, ADMIT_AT_ONCE)):
        yield part


def _send(jobs: Sequence[Job], engine: Engine) -> None:
    for job in jobs:
        tell(Happening.ADMITTED, job, engine=engine, priority=job.priority.value)
    keep_words(jobs, engine=engine)


def _alone(submission: Submission, engine: Engine) -> Outcome:
    try:
        return submit(submission, engine=engine)
    except FlywheelError as refusal:
        log.info("refused in a bulk", action="bulk_item_refused", org_id=submission.org_id, reason=refusal.reason)
        return refusal
