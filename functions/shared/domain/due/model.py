"""What is planned for organisations and accounts over and over, and when it is due next. Decision 0021."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from functions.shared.domain.accounts.model import PREVIEW, Account, AccountState
from functions.shared.domain.organisation.model import Organisation

PAGES_AT = time(5)
"""When an organisation's pages of a day are due, in UTC."""

COUNTS_EVERY = timedelta(hours=1)


class Plan(StrEnum):
    """What is due: an organisation's pages of the day, or the counts of an account's posts."""

    PAGES = "pages"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class Due:
    """An organisation (`account` is None) or an account whose time has come; `last_job_id` is what was planned last."""

    plan: Plan
    org_id: str
    due_at: datetime
    account: Account | None = None
    last_job_id: str | None = None

    @property
    def subject(self) -> tuple[Plan, str, str]:
        """What tells it from everything else that is planned."""
        return self.plan, self.org_id, self.account.account_id if self.account else ""


def first_pages(organisation: Organisation) -> datetime:
    """When a new organisation's pages are due."""
    return next_pages(organisation.created_at)


def next_pages(after: datetime) -> datetime:
    """The next time pages are due: what was missed for days is made up for once."""
    same_day = after.replace(hour=PAGES_AT.hour, minute=PAGES_AT.minute, second=0, microsecond=0)
    return same_day if same_day > after else same_day + timedelta(days=1)


def first_counts(account: Account) -> datetime | None:
    """When a new account's posts are to be counted; None while they cannot be."""
    is_connected = account.enabled and account.state is AccountState.CONNECTED and account.publisher != PREVIEW
    return account.created_at + COUNTS_EVERY if is_connected else None


def next_counts(due_at: datetime, *, now: datetime) -> datetime:
    """The next time in the account's own rhythm: missed hours are not made up for."""
    return due_at + COUNTS_EVERY * ((now - due_at) // COUNTS_EVERY + 1)


def next_due(due: Due, *, now: datetime) -> datetime:
    """When it is due again."""
    return next_pages(now) if due.plan is Plan.PAGES else next_counts(due.due_at, now=now)
