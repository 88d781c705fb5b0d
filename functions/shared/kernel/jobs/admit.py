"""Takes in new work: what users submit, and what schedules and other jobs plan."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.dispatch import is_sent_at_once, keep_word
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job, Priority
from functions.shared.kernel.jobs.refusals import CapReached, IdempotencyKeyReused
from functions.shared.kernel.jobs.slots import Slot, free_slot
from functions.shared.kernel.jobs.store import DuplicateJob, DuplicateKey, IdempotencyKey, SlotTaken
from functions.shared.kernel.jobs.telemetry import Happening, tell
from functions.shared.kernel.log import log

_SLOT_TRIES = 25


@dataclass(frozen=True, slots=True)
class Submission:
    """Work to be done, not before `not_before`. `job_id` is given for planned work: planned twice, it is admitted once.

    `quiet` work fails without a notification and a dead letter: whoever planned it tells users of lasting trouble in
    its own way, and plans it again anyway.
    """

    org_id: str
    type: str
    payload: Mapping[str, Any]
    priority: Priority = Priority.NORMAL
    job_id: str | None = None
    idempotency_key: str | None = None
    tags: tuple[str, ...] = ()
    quiet: bool = False
    not_before: datetime | None = None


def submit(submission: Submission, *, engine: Engine) -> Job:
    """Admit a user's work into one of the organisation's slots, and send its message.

    A repeated idempotency key returns the first job. Raises CapReached, IdempotencyKeyReused, PermanentError for
    a payload the type does not take, TransientError when nothing was admitted because the store is out of reach.
    """
    key = key_of(submission)
    for _ in range(_SLOT_TRIES):
        try:
            slot = _slot_for(submission, key, engine)
            job = new_job(submission, slot=slot.number, engine=engine)
            engine.store.admit(job, key=key, slot_left_by=slot.left_by)
        except SlotTaken:
            continue
        except DuplicateKey as duplicate:
            return first_job(submission.org_id, duplicate, key, engine)
        return _sent(job, engine)
    raise TransientError("too many jobs are being submitted at once; try again")


def plan(submission: Submission, *, engine: Engine, send: bool = True) -> tuple[Job, bool]:
    """Admit planned work, which takes no slot and is never refused; returns the job and whether it is new.

    Without `send` the caller runs the job at once; should it die before, the reconciler sends the message.
    """
    job = new_job(submission, slot=None, engine=engine, send=send)
    try:
        engine.store.admit(job)
    except DuplicateJob:
        stored = engine.store.get(job.org_id, job.job_id)
        if stored is None:
            raise TransientError(f"job {job.job_id} exists but cannot be read yet") from None
        return stored, False
    return _sent(job, engine), True


def new_job(submission: Submission, *, slot: int | None, engine: Engine, send: bool = True) -> Job:
    """The job to be stored, as one whose message is sent (`keep_word`). PermanentError for what is not taken."""
    if submission.type not in engine.kinds:
        known = ", ".join(engine.kinds)
        raise PermanentError(f"type: {submission.type} is not run by this deployment; it runs {known}")
    payload = parse_payload(engine.kinds[submission.type].payload, submission.payload)
    now = engine.clock()
    return Job(
        org_id=submission.org_id,
        job_id=submission.job_id or engine.new_id(now),
        type=submission.type,
        payload=payload.model_dump(mode="json", exclude_none=True),
        priority=submission.priority,
        created_at=now,
        updated_at=now,
        not_before=submission.not_before,
        due_at=max(now, submission.not_before or now) + engine.timing.dispatch_grace,
        dispatched_at=now if send and is_sent_at_once(submission.not_before, now=now) else None,
        slot=slot,
        tags=submission.tags,
        quiet=submission.quiet,
    )


def _slot_for(submission: Submission, key: IdempotencyKey | None, engine: Engine) -> Slot:
    """A free slot. A repeated key outranks the cap: its job is there already."""
    try:
        return free_slot(submission.org_id, engine=engine)
    except CapReached as refusal:
        if key is not None:
            engine.store.refuse_duplicate(submission.org_id, key)
        log.warning("job refused", action="job_refused", org_id=submission.org_id, reason=str(refusal))
        raise


def first_job(org_id: str, duplicate: DuplicateKey, key: IdempotencyKey | None, engine: Engine) -> Job:
    """The job a repeated key leads to. IdempotencyKeyReused when it came with another body."""
    if key is None or duplicate.fingerprint != key.fingerprint:
        raise IdempotencyKeyReused from None
    job = engine.store.get(org_id, duplicate.job_id)
    if job is None:
        raise TransientError("the first job of this Idempotency-Key cannot be read; try again")
    return job


def _sent(job: Job, engine: Engine) -> Job:
    tell(Happening.ADMITTED, job, engine=engine, priority=job.priority.value)
    keep_word(job, engine=engine)
    return job


def key_of(submission: Submission) -> IdempotencyKey | None:
    """The submission's key with the fingerprint of what was submitted; None when it has none."""
    if submission.idempotency_key is None:
        return None
    body = [submission.type, submission.priority, submission.payload, *submission.tags]
    encoded = json.dumps(body, sort_keys=True, default=_encode).encode()
    return IdempotencyKey(submission.idempotency_key, hashlib.sha256(encoded).hexdigest())


def _encode(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
