"""One suite over the index of what is due, in memory and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import AccountState
from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.due.dynamodb import DynamoDue
from functions.shared.domain.due.memory import MemoryDue
from functions.shared.domain.due.model import Due, Plan
from functions.shared.domain.due.store import DueStore
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.domain.organisation.store import OrganisationStore
from tests.support.analytics_services import an_account
from tests.support.aws import make_tables

MADE = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Stores:
    due: DueStore
    organisations: OrganisationStore
    accounts: AccountStore

    def found(self, plan: Plan, until: datetime) -> list[Due]:
        return [due for page in self.due.due(plan, until=until) for due in page]


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        organisations, accounts = MemoryOrganisationStore(), MemoryAccountStore()
        yield Stores(MemoryDue(organisations, accounts), organisations, accounts)
        return
    with mock_aws():
        make_tables()
        client = partial(boto3.client, "dynamodb")
        yield Stores(
            DynamoDue("accounts", client),
            DynamoOrganisationStore("accounts", client),
            DynamoAccountStore("accounts", client),
        )


def test_an_organisations_pages_are_due_at_five_and_then_each_day(stores: Stores) -> None:
    stores.organisations.put(Organisation(org_id="acme", name="Acme", created_at=MADE))
    five = MADE + HOUR / 2
    assert stores.found(Plan.PAGES, five - timedelta(seconds=1)) == []
    (due,) = stores.found(Plan.PAGES, five)
    assert (due.org_id, due.account, due.due_at, due.last_job_id) == ("acme", None, five, None)
    stores.due.move_on({due: five + 24 * HOUR}, {due: "job-1"})
    assert stores.found(Plan.PAGES, five + 23 * HOUR) == []
    (again,) = stores.found(Plan.PAGES, five + 24 * HOUR)
    assert again.last_job_id == "job-1"


def test_an_account_that_is_changed_keeps_its_time_and_its_job(stores: Stores) -> None:
    account = an_account(created_at=MADE)
    stores.accounts.put(account)
    (due,) = stores.found(Plan.COUNTS, MADE + HOUR)
    assert due.account == account
    stores.due.move_on({due: MADE + 2 * HOUR}, {due: "job-1"})
    renamed = stores.accounts.change("acme", account.account_id, lambda each: each.model_copy(update={"name": "New"}))
    stores.accounts.put(account.model_copy(update={"name": "Newer"}))
    assert renamed is not None
    assert stores.found(Plan.COUNTS, MADE + HOUR) == []
    (again,) = stores.found(Plan.COUNTS, MADE + 2 * HOUR)
    assert again.account is not None
    assert (again.account.name, again.last_job_id) == ("Newer", "job-1")


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"state": AccountState.NEEDS_AUTHORISATION}, {"publisher": "preview"}]
)
def test_what_cannot_be_counted_is_not_due_until_it_can(stores: Stores, change: dict[str, object]) -> None:
    account = an_account(created_at=MADE)
    stores.accounts.put(account)
    stores.accounts.change("acme", account.account_id, lambda each: each.model_copy(update=change))
    assert stores.found(Plan.COUNTS, MADE + 24 * HOUR) == []
    stores.accounts.put(account)
    assert len(stores.found(Plan.COUNTS, MADE + 24 * HOUR)) == 1


def test_what_is_gone_is_not_due(stores: Stores) -> None:
    account = an_account(created_at=MADE)
    stores.accounts.put(account)
    stores.accounts.delete("acme", account.account_id)
    assert stores.found(Plan.COUNTS, MADE + 24 * HOUR) == []


def test_what_another_turn_has_moved_on_stays_as_that_left_it(stores: Stores) -> None:
    stores.organisations.put(Organisation(org_id="acme", name="Acme", created_at=MADE))
    (due,) = stores.found(Plan.PAGES, MADE + HOUR)
    stores.due.move_on({due: due.due_at + 24 * HOUR}, {due: "first"})
    stores.due.move_on({due: due.due_at + 48 * HOUR}, {due: "second"})
    (again,) = stores.found(Plan.PAGES, MADE + 48 * HOUR)
    assert (again.due_at, again.last_job_id) == (due.due_at + 24 * HOUR, "first")


def test_everything_due_is_found_however_much_there_is(stores: Stores) -> None:
    for number in range(1050):
        made = MADE - timedelta(days=number % 7)
        stores.organisations.put(Organisation(org_id=f"org-{number}", name="x", created_at=made))
    pages = list(stores.due.due(Plan.PAGES, until=MADE + HOUR))
    assert max(map(len, pages)) <= 100
    assert {due.org_id for page in pages for due in page} == {f"org-{number}" for number in range(1050)}
