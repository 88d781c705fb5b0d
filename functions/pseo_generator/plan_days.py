"""A turn of the planner: organisations whose pages of the day are due get a job that plans them. Decision 0021."""

from typing import Any

from functions.pseo_generator.services import Services
from functions.shared.domain.due.model import Due, Plan
from functions.shared.domain.due.plan_due import Limits, Planner, plan_due
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs.admit import Submission

_SECONDS_FOR_PLANNING = 150


def plan_days(*, pages_per_run: int, limits: Limits, services: Services) -> dict[str, Any]:
    """Take in what an earlier version stored, then plan what is due; TransientError when one could not be planned."""
    while limits.seconds_left() > _SECONDS_FOR_PLANNING and services.due.take_in(now=services.engine.clock()):
        pass

    def submission(due: Due) -> Submission:
        return Submission(due.org_id, JobType.GENERATE_PAGE, {"trending": pages_per_run})

    turn = plan_due(Planner(Plan.PAGES, submission), store=services.due, engine=services.engine, limits=limits)
    return turn.as_document()
