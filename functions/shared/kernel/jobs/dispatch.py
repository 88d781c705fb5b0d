"""The outbox: sends the message a committed job asks for, and remembers that it did. Decision 0002."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import lane_of, message_for
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.policy import MAX_SQS_DELAY
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import JobMessage

_MARKS_AT_ONCE = 8


def dispatch(job: Job, *, engine: Engine) -> None:
    """Send the pointer to a queued job, delayed until it may run.

    What cannot be sent now is left to the reconciler, whom the job's `due_at` wakes: the job is committed already.
    A job that may not run within SQS's longest delay is left to it in the same way.
    """
    wait = (job.not_before - engine.clock()) if job.not_before else timedelta()
    if wait > MAX_SQS_DELAY:
        return
    try:
        send(job, wait, engine=engine)
        _mark_sent(job, engine)
    except TransientError as error:
        log.warning(
            "message left to the reconciler", action="dispatch_postponed", job_id=job.job_id, reason=error.reason
        )


def send(job: Job, wait: timedelta, *, engine: Engine) -> None:
    """Send the pointer alone."""
    delay = max(0, math.ceil(wait.total_seconds()))
    engine.dispatcher.send(lane_of(job, engine.kinds), _message(job, engine), delay_seconds=delay)


def dispatch_many(jobs: Sequence[Job], *, engine: Engine) -> None:
    """Send the pointers to jobs that may run at once, as `dispatch` does, in batches."""
    by_lane: dict[str, list[Job]] = {}
    for job in jobs:
        by_lane.setdefault(lane_of(job, engine.kinds), []).append(job)
    sent: list[Job] = []
    for lane, waiting in by_lane.items():
        messages = [_message(job, engine) for job in waiting]
        taken = {message.job_id for message in engine.dispatcher.send_many(lane, messages)}
        sent += [job for job in waiting if job.job_id in taken]
    with ThreadPoolExecutor(max_workers=_MARKS_AT_ONCE) as pool:
        list(pool.map(partial(_mark, engine=engine), sent))


def _mark(job: Job, *, engine: Engine) -> None:
    try:
        _mark_sent(job, engine)
    except TransientError as error:
        log.warning("not marked as sent", action="dispatch_unmarked", job_id=job.job_id, reason=error.reason)


def _mark_sent(job: Job, engine: Engine) -> None:
    resends = 0 if job.dispatched_at is None else job.resends + 1
    engine.store.mark_dispatched(job, at=engine.clock(), resends=resends)


def _message(job: Job, engine: Engine) -> JobMessage:
    """The pointer with a token of its own."""
    return message_for(job, engine.kinds).model_copy(update={"token": engine.new_id(engine.clock())})
