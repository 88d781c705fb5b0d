"""What is due, in memory, with the contract of the real store: every stored organisation and account is in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.due.model import Due, Plan, first_counts, first_pages
from functions.shared.domain.organisation.memory import MemoryOrganisationStore

_PAGE = 100


@dataclass
class MemoryDue:
    """Times of what was moved on, beside the stores of what is planned."""

    organisations: MemoryOrganisationStore
    accounts: MemoryAccountStore
    moved: dict[tuple[Plan, str, str], tuple[datetime, str | None]] = field(default_factory=dict)

    def due(self, plan: Plan, *, until: datetime) -> Iterator[list[Due]]:
        found = self._pages() if plan is Plan.PAGES else self._counts()
        is_due = sorted((due for due in found if due.due_at <= until), key=lambda due: (due.due_at, *due.subject))
        for start in range(0, len(is_due), _PAGE):
            yield is_due[start : start + _PAGE]

    def move_on(self, times: Mapping[Due, datetime], jobs: Mapping[Due, str]) -> None:
        for due, to in times.items():
            if self.moved.get(due.subject, (due.due_at,))[0] == due.due_at:
                self.moved[due.subject] = (to, jobs.get(due, due.last_job_id))

    def take_in(self, *, now: datetime) -> int:
        return 0

    def _pages(self) -> Iterator[Due]:
        for organisation in self.organisations.stored.values():
            at, last = self.moved.get((Plan.PAGES, organisation.org_id, ""), (first_pages(organisation), None))
            yield Due(Plan.PAGES, organisation.org_id, at, None, last)

    def _counts(self) -> Iterator[Due]:
        for account in self.accounts.stored.values():
            first = first_counts(account)
            if first is not None:
                subject = (Plan.COUNTS, account.org_id, account.account_id)
                at, last = self.moved.get(subject, (first, None))
                yield Due(Plan.COUNTS, account.org_id, at, account, last)
