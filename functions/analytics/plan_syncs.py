"""A tick of the schedule: every connected account gets a job that reads the metrics of its posts."""

from collections.abc import Iterator
from typing import Any

from functions.analytics.services import Services
from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.job_types import JobType
from functions.shared.domain.publish_intent import preview_account
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.log import log
from functions.shared.kernel.tick import Tick
from functions.shared.networks.unmeasured import why_unmeasured

_LOOKED_AT = 200


def plan_syncs(tick: Tick, *, only_due: bool, services: Services) -> dict[str, Any]:
    """Plan the jobs; answers which, and which accounts were left out and why.

    A tick delivered twice plans nothing new. One organisation's trouble leaves the others alone; TransientError when
    there was any, so that the tick is delivered again. The jobs are quiet: see tell_failure.
    """
    planned: list[dict[str, str]] = []
    left_out: list[dict[str, str]] = []
    refused: list[str] = []
    for organisation in services.organisations.all():
        org_id = organisation.org_id
        try:
            waiting = _waiting(org_id, services) if only_due else {}
            for account in _accounts(org_id, services):
                where = {"org_id": org_id, "account_id": account.account_id}
                earlier = waiting.get(account.account_id)
                is_waiting = earlier not in (None, _job_id(tick, account))
                reason = _why_left_out(account) or (f"job {earlier} still waits to read it" if is_waiting else None)
                if reason is not None:
                    left_out.append({**where, "reason": reason})
                else:
                    planned.append({**where, "job_id": _planned(tick, account, only_due, services)})
        except FlywheelError as error:
            log.error("no job planned", action="tick_refused", org_id=org_id, reason=error.reason)
            refused.append(org_id)
    if refused:
        raise TransientError(f"no job could be planned for: {', '.join(refused)}")
    log.info("metrics planned", action="metrics_planned", jobs=len(planned), left_out=len(left_out))
    return {"jobs": planned, "left_out": left_out}


def _accounts(org_id: str, services: Services) -> Iterator[Account]:
    """The organisation's accounts; where it has connected none, the built-in one that its posts go to."""
    yield from services.accounts.accounts(org_id) or [preview_account(org_id)]


def _waiting(org_id: str, services: Services) -> dict[str, str]:
    """The job by account that is still to read it: one that X put off for hours must not be joined by one each hour."""
    jobs = [
        job
        for status in (JobStatus.QUEUED, JobStatus.PROCESSING)
        for job in services.engine.store.newest(
            org_id, status=status, job_type=JobType.SYNC_ANALYTICS, limit=_LOOKED_AT
        )[0]
    ]
    return {str(job.payload.get("account_id")): job.job_id for job in jobs}


def _why_left_out(account: Account) -> str | None:
    reason = why_unmeasured(account.publisher, account.network)
    if reason is not None:
        return reason
    if not account.enabled:
        return "it is switched off"
    if account.state is AccountState.NEEDS_AUTHORISATION:
        return "it needs your authorisation: connect it anew"
    return None


def _planned(tick: Tick, account: Account, only_due: bool, services: Services) -> str:
    submission = Submission(
        org_id=account.org_id,
        type=JobType.SYNC_ANALYTICS,
        payload={"account_id": account.account_id, "only_due": only_due},
        job_id=_job_id(tick, account),
        quiet=True,
    )
    return plan(submission, engine=services.engine)[0].job_id


def _job_id(tick: Tick, account: Account) -> str:
    return derived_id(tick.at, "metrics", account.org_id, account.account_id, tick.identity)
