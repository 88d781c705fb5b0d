"""Runs the job a queue message points to, once, whatever is delivered twice, late or out of order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dispatch import dispatch
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext, LeaseLost
from functions.shared.kernel.jobs.kinds import lane_of
from functions.shared.kernel.jobs.model import Job, JobStatus, Letter
from functions.shared.kernel.jobs.policy import MAX_CRASH_RECOVERIES
from functions.shared.kernel.jobs.settle import settle
from functions.shared.kernel.jobs.store import Conflict
from functions.shared.kernel.jobs.telemetry import Happening, fields, tell, tell_claimed
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import JobMessage

Handler = Callable[[Job, JobContext], Mapping[str, Any]]
"""Does a job's work and returns its result; raises the errors of functions.shared.errors."""

Handlers = Mapping[str, Handler]
"""The handlers of a worker, by the type of job."""

_EARLY_TOLERANCE = timedelta(seconds=1)


class Verdict(Enum):
    """What becomes of the message."""

    DONE = "done"
    DEAD_LETTER = "dead_letter"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message came.

    `message_id` is the queue's, `receive_count` how often it was received, `is_last` whether it is dead-lettered unless
    it is done with now, `deadline` until when this worker lives.
    """

    message_id: str = ""
    receive_count: int = 1
    is_last: bool = False
    deadline: datetime | None = None


def run(message: JobMessage, delivery: Delivery, *, handlers: Handlers, engine: Engine) -> Verdict:
    """Run the job if it is this message's to run.

    Raises PermanentError for a message that points nowhere, and TransientError when the store is out of reach.
    """
    owner = engine.new_id(engine.clock())
    taken = _taken_at_once(message, owner, engine) or _taken(message, delivery, owner, engine)
    if isinstance(taken, Verdict):
        return taken
    ready, held = taken
    tell_claimed(ready, held, engine=engine)
    verdict = _execute(held, _letter(message, delivery), delivery, handlers, engine)
    # Not before: what it writes must not eat up the lease of a job that has no heartbeat yet.
    engine.notes.note(ready, lane_of(ready, engine.kinds), now=held.updated_at, store=engine.store)
    return verdict


def _taken_at_once(message: JobMessage, owner: str, engine: Engine) -> tuple[Job, Job] | None:
    """The job before and after its first claim, in one write; None when that is not what there is to do."""
    if message.attempt != 1:
        return None
    now, timing = engine.clock(), engine.timing
    job = engine.store.claim_first(message.org_id, message.job_id, at=now, owner=owner, timing=timing)
    return None if job is None else (job, transitions.claimed(job, now=now, owner=owner, timing=timing))


def _taken(message: JobMessage, delivery: Delivery, owner: str, engine: Engine) -> tuple[Job, Job] | Verdict:
    """The job before and after its claim, or what becomes of the message instead."""
    job = engine.store.get(message.org_id, message.job_id)
    if job is None:
        raise PermanentError(f"the message names a job that does not exist: {message.job_id}")
    if job.owner == owner:  # our own first claim, whose answer was lost
        return job, job
    ready = _ready(job, message, delivery, engine)
    if isinstance(ready, Verdict):
        return ready
    held = _claim(ready, owner, engine)
    return Verdict.DONE if held is None else (ready, held)


def _ready(job: Job, message: JobMessage, delivery: Delivery, engine: Engine) -> Job | Verdict:
    """The job in a state to be claimed, or what becomes of the message instead."""
    if job.status is JobStatus.FAILED:  # of whatever attempt: a redriven message keeps the number it had
        return _after_a_failure(job, message, delivery, engine)
    if message.attempt != job.attempt:
        log.info("stale message", action="stale_message", job_id=job.job_id, attempt=message.attempt)
        return Verdict.DONE
    if job.status is JobStatus.PROCESSING:
        return _recovered(job, engine)
    if job.status is not JobStatus.QUEUED:
        return Verdict.DONE
    if job.not_before is not None and job.not_before > engine.clock() + _EARLY_TOLERANCE:
        dispatch(job, engine=engine)
        return Verdict.DONE
    return job


def _after_a_failure(job: Job, message: JobMessage, delivery: Delivery, engine: Engine) -> Job | Verdict:
    """What a message of a failed job is: one on its way to the dead-letter queue, a copy sent from there, or late."""
    if _is_on_its_way_out(job, message, delivery):
        if delivery.is_last:
            engine.store.mark_dead_lettered(job, message.token or "")
        return _verdict_on(job)
    if job.letters and message.token is not None and message.token not in job.letters:
        log.info("stale message", action="stale_message", job_id=job.job_id, attempt=message.attempt)
        return Verdict.DONE
    after = transitions.restarted(job, now=engine.clock(), slot=None, timing=engine.timing)
    return _replaced(job, after, Happening.RESTARTED, engine)


def _is_on_its_way_out(job: Job, message: JobMessage, delivery: Delivery) -> bool:
    """Whether this is the message the job failed by. A redriven one is a message of its own that bears its token.

    A job without a record of how it failed was failed by an older version; a message without a token is of one, or
    written by hand: both are then told by their first delivery, as that version did where no clocks were compared.
    """
    is_first = delivery.receive_count == 1
    if not job.letters:
        return not is_first
    is_its_letter = job.letters.get(message.token or "") == delivery.message_id
    return is_its_letter or (message.token is None and not is_first)


def _letter(message: JobMessage, delivery: Delivery) -> Letter:
    """What a job that fails by this message keeps of it."""
    return Letter(message.token or "", "" if delivery.is_last else delivery.message_id)


def _recovered(job: Job, engine: Engine) -> Job | Verdict:
    """Take over from a worker whose lease is over; leave a living one alone."""
    now = engine.clock()
    if job.lease_until is not None and job.lease_until > now:
        return Verdict.DONE
    after = transitions.recovered(job, now=now, timing=engine.timing)
    if after.status is JobStatus.CANCELLED:
        _replaced(job, after, Happening.CANCELLED, engine)
        return Verdict.DONE
    return _replaced(job, after, Happening.RECOVERED, engine)


def _replaced(before: Job, after: Job, happening: Happening, engine: Engine) -> Job | Verdict:
    try:
        engine.store.replace(before, after)
    except Conflict:
        return Verdict.DONE
    tell(happening, after, engine=engine)
    return after


def _claim(job: Job, owner: str, engine: Engine) -> Job | None:
    """Take the job, or None when somebody else did.

    A conflict may be our own write whose answer was lost: then the stored owner is us.
    """
    now = engine.clock()
    after = transitions.claimed(job, now=now, owner=owner, timing=engine.timing)
    try:
        engine.store.replace(job, after)
    except Conflict:
        stored = engine.store.get(job.org_id, job.job_id)
        if stored is None or stored.owner != after.owner:
            return None
    return after


def _execute(job: Job, letter: Letter, delivery: Delivery, handlers: Handlers, engine: Engine) -> Verdict:
    log.append_keys(**fields(job))
    try:
        outcome = _outcome(job, delivery, handlers, engine)
        status = settle(job, outcome, letter=letter, engine=engine)
        return _verdict_on(job) if status is JobStatus.FAILED else Verdict.DONE
    except (Conflict, LeaseLost):
        log.warning("another worker holds the job", action="lease_lost")
        return Verdict.DONE
    finally:
        log.remove_keys(list(fields(job)))


def _verdict_on(job: Job) -> Verdict:
    """What becomes of the message a job failed by.

    A quiet job needs no hand to send it back: its planner makes the next one anyway.
    """
    return Verdict.DONE if job.quiet else Verdict.DEAD_LETTER


def _outcome(job: Job, delivery: Delivery, handlers: Handlers, engine: Engine) -> Mapping[str, Any] | Exception:
    """The handler's result, or what stopped it."""
    if job.recoveries >= MAX_CRASH_RECOVERIES:
        log.error("poison job stopped", action="job_poisoned", recoveries=job.recoveries)
        return PermanentError(f"its worker was lost {job.recoveries} times; the job may be what kills it")
    if job.type not in handlers:
        return PermanentError(f"{job.type} reached a queue whose worker does not run it")
    try:
        with JobContext(job, engine=engine, deadline=delivery.deadline) as context:
            return handlers[job.type](job, context)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its job's outcome, settled and logged
        return error
