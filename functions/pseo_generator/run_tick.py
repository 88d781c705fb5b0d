"""A tick by hand: every organisation gets a job that plans its pages, due or not. Decision 0003."""

from collections.abc import Sequence
from typing import Any

from functions.pseo_generator.services import Services
from functions.shared.domain.due.plan_due import Limits
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.dispatch import dispatch
from functions.shared.kernel.jobs.kinds import message_for
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Delivery, Handlers, run
from functions.shared.kernel.log import log
from functions.shared.kernel.tick import Tick

_SECONDS_FOR_A_RUN = 60


def run_tick(
    tick: Tick,
    *,
    services: Services,
    handlers: Handlers,
    pages_per_run: int,
    limits: Limits,
) -> dict[str, Any]:
    """Admit each organisation's job and run it at once; those there is no time for are sent to the queue.

    A tick delivered twice admits nothing new. One organisation's trouble leaves the others alone; TransientError when
    one could not even be admitted, so that the tick is delivered again. `left` counts the organisations that nothing
    was done for because the time was over.
    """
    answers: list[dict[str, Any]] = []
    refused: list[str] = []
    left = 0
    organisations = services.organisations.all()
    for number, organisation in enumerate(organisations):
        if limits.are_reached(number):
            left = len(organisations) - number
            break
        try:
            job = _admitted(tick, organisation.org_id, pages_per_run, services)
        except FlywheelError as error:
            log.error("no job admitted", action="tick_refused", org_id=organisation.org_id, reason=error.reason)
            refused.append(organisation.org_id)
            continue
        if limits.seconds_left() >= _SECONDS_FOR_A_RUN:
            job = _run_now(job, handlers, services)
        elif job.status is JobStatus.QUEUED:
            dispatch(job, engine=services.engine)
        answers.append(_answer(job))
    if refused:
        raise TransientError(f"no job could be admitted for: {', '.join(refused)}")
    return _summary(answers) | ({"left": left} if left else {})


def _admitted(tick: Tick, org_id: str, pages: int, services: Services) -> Job:
    submission = Submission(
        org_id=org_id,
        type=JobType.GENERATE_PAGE,
        payload={"trending": pages},
        job_id=derived_id(tick.at, "pages", org_id, tick.identity),
    )
    return plan(submission, engine=services.engine, send=False)[0]


def _run_now(job: Job, handlers: Handlers, services: Services) -> Job:
    """The job after a run. No message was sent for it: what goes wrong here the reconciler sends to the queue."""
    try:
        run(message_for(job, services.engine.kinds), Delivery(), handlers=handlers, engine=services.engine)
        return services.engine.store.get(job.org_id, job.job_id) or job
    except FlywheelError as error:
        log.warning("left to the reconciler", action="tick_run_postponed", job_id=job.job_id, reason=error.reason)
        return job


def _answer(job: Job) -> dict[str, Any]:
    result = job.result or {}
    answer: dict[str, Any] = {
        "org_id": job.org_id,
        "job_id": job.job_id,
        "status": job.status.value,
        "source": result.get("source"),
        "captured_at": result.get("captured_at"),
        "pages": [page["job_id"] for page in result.get("pages", ())],
    }
    reason = job.error or job.reason
    return answer | ({"reason": reason} if reason else {})


def _summary(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`source` is the sample as soon as one organisation's pages are made of it."""
    sampled = [answer for answer in answers if answer["source"] == "sample"]
    sources = [answer["source"] for answer in answers if answer["source"]]
    summary: dict[str, Any] = {"source": "sample" if sampled else next(iter(sources), None)}
    if sampled:
        summary["sample_captured_at"] = sampled[0]["captured_at"]
    kept = ("org_id", "job_id", "status", "pages", "reason")
    return summary | {"organisations": [{name: each[name] for name in kept if name in each} for each in answers]}
