"""The outbox: sends the message a committed job asks for, and remembers that it did. Decisions 0002 and 0041."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import lane_of, message_for
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.policy import MAX_SQS_DELAY
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import JobMessage


def dispatch(job: Job, *, engine: Engine) -> None:
    """Send the pointer to a queued job, delayed until it may run.

    What cannot be sent now is left to the reconciler, whom the job's `due_at` wakes: the job is committed already.
    A job that may not run within SQS's longest delay is left to it in the same way.
    """
    if not is_sent_at_once(job.not_before, now=engine.clock()):
        return
    try:
        send(job, _wait(job, engine), engine=engine)
        _mark_sent(job, engine)
    except TransientError as error:
        _tell_postponed(job, error.reason)


def is_sent_at_once(not_before: datetime | None, *, now: datetime) -> bool:
    """Whether SQS can hold the message back until the job may run."""
    return not_before is None or not_before - now <= MAX_SQS_DELAY


def keep_word(job: Job, *, engine: Engine) -> None:
    """Send the message of a job that was admitted as sent, which spares the write that says so.

    If it cannot be sent, the word is taken back. A crash before that leaves what looks like a message whose worker
    died, and the reconciler sends it again as one: decision 0041.
    """
    if job.dispatched_at is None:
        return
    try:
        send(job, _wait(job, engine), engine=engine)
    except TransientError as error:
        _tell_postponed(job, error.reason)
        _take_back(job, engine)


def send(job: Job, wait: timedelta, *, engine: Engine) -> None:
    """Send the pointer alone."""
    delay = max(0, math.ceil(wait.total_seconds()))
    engine.dispatcher.send(lane_of(job, engine.kinds), _message(job, engine), delay_seconds=delay)


def keep_words(jobs: Sequence[Job], *, engine: Engine) -> None:
    """`keep_word` for jobs that may run at once, in batches."""
    by_lane: dict[str, list[Job]] = {}
    for job in jobs:
        by_lane.setdefault(lane_of(job, engine.kinds), []).append(job)
    for lane, waiting in by_lane.items():
        messages = [_message(job, engine) for job in waiting]
        taken = {message.job_id for message in engine.dispatcher.send_many(lane, messages)}
        for job in waiting:
            if job.job_id not in taken:
                _take_back(job, engine)


def _wait(job: Job, engine: Engine) -> timedelta:
    return (job.not_before - engine.clock()) if job.not_before else timedelta()


def _take_back(job: Job, engine: Engine) -> None:
    """Let the reconciler send it at once, and not only when it would take the message for lost."""
    try:
        engine.store.mark_unsent(job)
    except TransientError as error:
        log.warning("still marked as sent", action="dispatch_not_unmarked", job_id=job.job_id, reason=error.reason)


def _tell_postponed(job: Job, reason: str) -> None:
    log.warning("message left to the reconciler", action="dispatch_postponed", job_id=job.job_id, reason=reason)


def _mark_sent(job: Job, engine: Engine) -> None:
    resends = 0 if job.dispatched_at is None else job.resends + 1
    engine.store.mark_dispatched(job, at=engine.clock(), resends=resends)


def _message(job: Job, engine: Engine) -> JobMessage:
    """The pointer with a token of its own."""
    return message_for(job, engine.kinds).model_copy(update={"token": engine.new_id(engine.clock())})
