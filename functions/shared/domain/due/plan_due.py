"""One turn of a planner: what is due gets its job, the longest due first, and what there is no time for stays due.

A job's id derives from what it is for and when that was due, and the time moves on only afterwards: a turn that dies
and comes again plans nothing twice. Decision 0021.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.shared.domain.due.model import Due, Plan, next_due
from functions.shared.domain.due.store import DueStore
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.jobs.admit import Submission
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.plan_many import plan_many
from functions.shared.kernel.log import log

_SECONDS_TO_SPARE = 20
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """When a turn is over; `seconds_left` is what its Lambda has left."""

    seconds_left: Callable[[], float]
    per_turn: int = 20_000

    def are_reached(self, planned: int) -> bool:
        """Whether the rest stays due."""
        return planned >= self.per_turn or self.seconds_left() < _SECONDS_TO_SPARE


@dataclass(frozen=True, slots=True)
class Planner:
    """What is planned: `submission` makes a job's, which is given its id; `why_not` says why something gets none."""

    plan: Plan
    submission: Callable[[Due], Submission]
    why_not: Callable[[Due], str | None] = lambda due: None


@dataclass
class Turn:
    """What a turn came to. Of jobs and of what was left out the first hundred are shown."""

    planned: int = 0
    jobs: list[dict[str, str]] = field(default_factory=list)
    skipped: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    is_left: bool = False

    def as_document(self) -> dict[str, Any]:
        """What the Lambda answers. `is_left` tells whether something stayed due."""
        return {
            "planned": self.planned,
            "skipped": self.skipped,
            "is_left": self.is_left,
            "jobs": self.jobs,
            "left_out": self.left_out,
        }

    def took(self, due: Due, job_id: str) -> None:
        """Something has its job."""
        self.planned += 1
        if len(self.jobs) < _SHOWN:
            self.jobs.append({**_named(due), "job_id": job_id})

    def passed_over(self, due: Due, reason: str) -> None:
        """Something gets none this time."""
        self.skipped += 1
        if len(self.left_out) < _SHOWN:
            self.left_out.append({**_named(due), "reason": reason})


def plan_due(planner: Planner, *, store: DueStore, engine: Engine, limits: Limits) -> Turn:
    """Plan what is due now. One organisation's trouble leaves the others alone; TransientError tells of it in the end.

    What still has its last job is passed over until it is due again.
    """
    turn = Turn()
    for page in store.due(planner.plan, until=engine.clock()):
        if limits.are_reached(turn.planned):
            turn.is_left = True
            break
        _plan_page(page, planner, store, engine, turn)
    log.info(
        "turn over", action=f"{planner.plan}_planned", jobs=turn.planned, skipped=turn.skipped, is_left=turn.is_left
    )
    if turn.refused:
        raise TransientError(f"no job could be planned for: {', '.join(sorted(turn.refused)[:_SHOWN])}")
    return turn


def _plan_page(page: Sequence[Due], planner: Planner, store: DueStore, engine: Engine, turn: Turn) -> None:
    active = _still_active(page, engine)
    chosen: list[tuple[Due, Submission]] = []
    for due in page:
        submission = _named_by_its_time(due, planner)
        waits = due.last_job_id in active and due.last_job_id != submission.job_id
        reason = planner.why_not(due) or (f"job {due.last_job_id} still waits" if waits else None)
        if reason is None:
            chosen.append((due, submission))
        else:
            turn.passed_over(due, reason)
    outcomes = plan_many([submission for _, submission in chosen], engine=engine)
    jobs: dict[Due, str] = {}
    kept = set(page)
    for (due, _), outcome in zip(chosen, outcomes, strict=True):
        if isinstance(outcome, Job):
            jobs[due] = outcome.job_id
            turn.took(due, outcome.job_id)
        else:
            log.error("no job planned", action="tick_refused", org_id=due.org_id, reason=outcome.reason)
            turn.refused[due.org_id] = outcome.reason
            kept.discard(due)
    now = engine.clock()
    store.move_on({due: next_due(due, now=now) for due in page if due in kept}, jobs)


def _named_by_its_time(due: Due, planner: Planner) -> Submission:
    identity = due.due_at.isoformat()
    job_id = derived_id(due.due_at, *due.subject, identity)
    given = planner.submission(due)
    return Submission(given.org_id, given.type, given.payload, given.priority, job_id, quiet=given.quiet)


def _still_active(page: Sequence[Due], engine: Engine) -> set[str]:
    wanted = [(due.org_id, due.last_job_id) for due in page if due.last_job_id is not None]
    try:
        return {job.job_id for job in engine.store.get_across(wanted) if not job.status.is_terminal}
    except FlywheelError as error:
        raise TransientError(f"jobs that were planned before could not be read: {error.reason}") from error


def _named(due: Due) -> dict[str, str]:
    return {"org_id": due.org_id} | ({"account_id": due.account.account_id} if due.account else {})
