"""Accounts get jobs that read the metrics of their posts: on the schedule those that are due, by hand all of them."""

from typing import Any

from functions.analytics.services import Services
from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.due.model import Due, Plan
from functions.shared.domain.due.plan_due import Limits, Planner, Turn, plan_due
from functions.shared.domain.job_types import JobType
from functions.shared.domain.publish_intent import preview_account
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.log import log
from functions.shared.kernel.tick import Tick
from functions.shared.networks.unmeasured import why_unmeasured


def plan_syncs(*, limits: Limits, services: Services) -> dict[str, Any]:
    """A turn of the planner (decision 0021): answers how many jobs it planned, and what was left out and why.

    An account whose last job still waits, as one that X put off for hours, is not joined by another each hour. The
    jobs are quiet: see tell_failure. TransientError when some could not be planned, the others were.
    """
    planner = Planner(Plan.COUNTS, lambda due: _submission(_account(due), only_due=True), _why_not)
    return plan_due(planner, store=services.due, engine=services.engine, limits=limits).as_document()


def plan_all_syncs(tick: Tick, *, limits: Limits, services: Services) -> dict[str, Any]:
    """Plan the reading of all posts of every account, due or not, for as long as there is time.

    A tick delivered twice plans nothing new. One organisation's trouble leaves the others alone; TransientError when
    there was any, so that the tick is delivered again.
    """
    turn = Turn()
    for organisation in services.organisations.all():
        org_id = organisation.org_id
        if limits.are_reached(turn.planned):
            turn.is_left = True
            break
        try:
            # Where none is connected, the built-in one that posts go to.
            for account in services.accounts.accounts(org_id) or [preview_account(org_id)]:
                _plan(account, tick, turn, services)
        except FlywheelError as error:
            log.error("no job planned", action="tick_refused", org_id=org_id, reason=error.reason)
            turn.refused[org_id] = error.reason
    if turn.refused:
        raise TransientError(f"no job could be planned for: {', '.join(turn.refused)}")
    log.info("metrics planned", action="metrics_planned", jobs=turn.planned, left_out=turn.skipped)
    return turn.as_document()


def _plan(account: Account, tick: Tick, turn: Turn, services: Services) -> None:
    due = Due(Plan.COUNTS, account.org_id, tick.at, account)
    reason = _why_not(due)
    if reason is not None:
        turn.passed_over(due, reason)
        return
    job_id = derived_id(tick.at, "metrics", account.org_id, account.account_id, tick.identity)
    turn.took(due, plan(_submission(account, only_due=False, job_id=job_id), engine=services.engine)[0].job_id)


def _why_not(due: Due) -> str | None:
    account = _account(due)
    reason = why_unmeasured(account.publisher, account.network)
    if reason is not None:
        return reason
    if not account.enabled:
        return "it is switched off"
    if account.state is AccountState.NEEDS_AUTHORISATION:
        return "it needs your authorisation: connect it anew"
    return None


def _account(due: Due) -> Account:
    if due.account is None:
        raise AssertionError("counts are due of accounts")
    return due.account


def _submission(account: Account, *, only_due: bool, job_id: str | None = None) -> Submission:
    payload = {"account_id": account.account_id, "only_due": only_due}
    return Submission(account.org_id, JobType.SYNC_ANALYTICS, payload, job_id=job_id, quiet=True)
