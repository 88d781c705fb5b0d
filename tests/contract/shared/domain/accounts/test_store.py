"""One suite over the account store in memory and on DynamoDB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import TransientError
from tests.support.aws import make_tables
from tests.support.clock import ManualClock


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[AccountStore]:
    if request.param == "memory":
        yield MemoryAccountStore()
        return
    with mock_aws():
        make_tables()
        yield DynamoAccountStore("accounts", partial(boto3.client, "dynamodb"))


@pytest.fixture
def account(clock: ManualClock) -> Account:
    return Account(
        org_id="acme",
        account_id="x-1",
        network=Network.TWITTER,
        publisher="x",
        name="Acme",
        secret_id="accounts/acme/x-1",
        created_at=clock(),
        state=AccountState.NEEDS_AUTHORISATION,
        state_reason="revoked",
        state_since=clock(),
        platform_user_id="1001",
        handle="acme",
        token_expires_at=clock() + timedelta(hours=2),
    )


def renamed(name: str) -> Callable[[Account], Account]:
    return lambda account: account.model_copy(update={"name": name})


@dataclass
class Overtaken:
    """A change before which another is made, as often as `times`."""

    store: AccountStore
    times: int = 1
    calls: int = 0

    def __call__(self, account: Account) -> Account:
        self.calls += 1
        if self.calls <= self.times:
            self.store.put(account.model_copy(update={"handle": f"meanwhile-{self.calls}"}))
        return account.model_copy(update={"name": "Changed"})


def test_an_account_is_read_back_whole_by_its_organisation_alone(store: AccountStore, account: Account) -> None:
    store.put(account)

    assert store.get("acme", "x-1") == account
    assert store.accounts("acme") == [account]
    assert store.get("rival", "x-1") is None


def test_a_change_is_stored_and_returned(store: AccountStore, account: Account) -> None:
    store.put(account)

    changed = store.change("acme", "x-1", renamed("Acme Labs"))

    assert changed == store.get("acme", "x-1") == account.model_copy(update={"name": "Acme Labs"})


def test_a_change_of_nothing_writes_nothing(account: Account) -> None:
    store = MemoryAccountStore()
    store.put(account)

    assert store.change("acme", "x-1", lambda stored: stored.model_copy()) == account
    assert store.stored["acme", "x-1"] is account


def test_an_account_that_is_not_there_is_not_made_by_a_change(store: AccountStore, account: Account) -> None:
    assert store.change("acme", "x-1", renamed("Acme Labs")) is None
    assert store.accounts("acme") == []


@mock_aws
def test_a_change_is_made_again_to_what_another_stored_meanwhile(account: Account) -> None:
    make_tables()
    store = DynamoAccountStore("accounts", partial(boto3.client, "dynamodb"))
    store.put(account)
    change = Overtaken(store)

    changed = store.change("acme", "x-1", change)

    assert (
        changed == account.model_copy(update={"handle": "meanwhile-1", "name": "Changed"}) == store.get("acme", "x-1")
    )
    assert change.calls == 2


@mock_aws
def test_a_change_does_not_bring_back_what_was_deleted_meanwhile(account: Account) -> None:
    make_tables()
    store = DynamoAccountStore("accounts", partial(boto3.client, "dynamodb"))
    store.put(account)

    def change(stored: Account) -> Account:
        store.delete("acme", "x-1")
        return stored.model_copy(update={"name": "Changed"})

    assert store.change("acme", "x-1", change) is None
    assert store.get("acme", "x-1") is None


@mock_aws
def test_a_change_that_is_always_overtaken_gives_up(account: Account) -> None:
    make_tables()
    store = DynamoAccountStore("accounts", partial(boto3.client, "dynamodb"))
    store.put(account)

    with pytest.raises(TransientError, match="keeps changing"):
        store.change("acme", "x-1", Overtaken(store, times=1000))


class TestLock:
    @pytest.fixture
    def take(self, store: AccountStore, clock: ManualClock) -> "Callable[..., bool]":
        def taken(owner: str, *, account_id: str = "x-1", seconds: float = 60) -> bool:
            until = clock() + timedelta(seconds=seconds)
            return store.lock("acme", account_id, owner=owner, now=clock(), until=until)

        return taken

    def test_one_owner_has_it_and_may_take_it_again(self, take: Callable[..., bool]) -> None:
        assert take("a")
        assert not take("b")
        assert take("a")
        assert take("b", account_id="x-2")

    def test_it_is_free_when_it_is_given_back_by_its_owner(
        self, store: AccountStore, take: Callable[..., bool]
    ) -> None:
        assert take("a")
        store.unlock("acme", "x-1", owner="b")
        assert not take("b")

        store.unlock("acme", "x-1", owner="a")
        assert take("b")

    def test_it_is_free_when_its_time_is_over_and_then_not_the_old_owners_to_give_back(
        self, store: AccountStore, take: Callable[..., bool], clock: ManualClock
    ) -> None:
        assert take("a", seconds=60)
        clock.advance(seconds=59.999)
        assert not take("b")
        clock.advance(seconds=0.001)
        assert take("b")

        store.unlock("acme", "x-1", owner="a")
        assert not take("a")

    def test_it_is_no_account(self, store: AccountStore, take: Callable[..., bool]) -> None:
        assert take("a")
        store.unlock("acme", "unknown", owner="a")

        assert store.accounts("acme") == []
        assert store.get("acme", "x-1") is None
