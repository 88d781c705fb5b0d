"""Admits planned work of many organisations: a write for each job, and a message for ten of them. Decision 0021."""

from collections.abc import Sequence

from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.admit import Submission, new_job
from functions.shared.kernel.jobs.dispatch import keep_words
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.store import DuplicateJob
from functions.shared.kernel.jobs.telemetry import Happening, tell

Outcome = Job | FlywheelError
"""The job, whether it is new or was planned before, or why there is none."""


def plan_many(submissions: Sequence[Submission], *, engine: Engine) -> list[Outcome]:
    """Admit planned work that may run at once; the outcomes come in its order. The submissions name their jobs."""
    found = [_admitted(submission, engine=engine) for submission in submissions]
    new = [job for job, is_new in found if is_new and isinstance(job, Job)]
    for job in new:
        tell(Happening.ADMITTED, job, engine=engine, priority=job.priority.value)
    keep_words(new, engine=engine)
    return [outcome for outcome, _ in found]


def _admitted(submission: Submission, *, engine: Engine) -> tuple[Outcome, bool]:
    try:
        job = new_job(submission, slot=None, engine=engine)
        engine.store.admit(job)
    except DuplicateJob:
        return job, False  # an earlier turn planned it, and died before it noted so
    except FlywheelError as error:
        return error, False
    return job, True
