"""Makes the job of a tick that was claimed: admits it, then notes that it was."""

from dataclasses import replace
from datetime import timedelta

from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.log import log
from functions.shared.kernel.schedules.model import Schedule, Skip
from functions.shared.kernel.schedules.store import Overtaken, ScheduleStore


def make_job(claimed: Schedule, *, schedules: ScheduleStore, engine: Engine, grace: timedelta) -> Schedule:
    """Admit the job `last_job_id` names, which is done once however often it is called.

    A job that can never be admitted, because its type or payload is no longer taken, is recorded as a skip.
    The next tick counts as missing when it is later than `grace`.
    """
    at = claimed.last_tick_at or claimed.updated_at
    settled = replace(claimed, planning=False)
    try:
        plan(_submission(claimed), engine=engine)
    except PermanentError as error:
        log.error("no job made", action="tick_refused", schedule_id=claimed.schedule_id, reason=error.reason)
        settled = replace(settled, last_job_id=None).with_skip(Skip(at, error.reason))
    try:
        return schedules.replace(claimed, settled.watched(after=at, grace=grace))
    except Overtaken:
        # Somebody changed the schedule meanwhile, or notes the same; if nobody does, the reconciler will.
        return claimed


def _submission(claimed: Schedule) -> Submission:
    return Submission(
        org_id=claimed.org_id,
        type=claimed.type,
        payload=claimed.payload,
        priority=claimed.priority,
        job_id=claimed.last_job_id,
    )
