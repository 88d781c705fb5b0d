"""Things are counted in the transaction that makes or deletes them, so that no race lets one too many through."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain import keys
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.store.counted import LimitReached
from functions.shared.kernel.store.items import decode, encode
from tests.support.accounts import an_x_account
from tests.support.aws import make_tables
from tests.support.clock import ManualClock


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        make_tables()
        yield boto3.client("dynamodb")


@pytest.fixture
def store(client: Any) -> DynamoAccountStore:
    return DynamoAccountStore("accounts", lambda: client)


class EachAlone:
    """A client each of whose calls is whole, as DynamoDB's are and moto's, among threads, are not."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def alone(**request: Any) -> Any:
            with self._lock:
                return call(**request)

        return alone


def counted(client: Any) -> int | None:
    key = encode(dict(keys.count("acme", "accounts")))
    answer = client.get_item(TableName="accounts", Key=key, ConsistentRead=True)
    return decode(answer["Item"])["things"] if "Item" in answer else None


def numbered(clock: ManualClock, number: int) -> Account:
    return an_x_account(clock(), account_id=f"x-{number:03}")


def uncounted(client: Any, store: DynamoAccountStore, clock: ManualClock, count: int) -> None:
    """As an earlier version left them."""
    for number in range(count):
        store.put(numbered(clock, number), limit=1000)
    client.delete_item(TableName="accounts", Key=encode(dict(keys.count("acme", "accounts"))))


def test_the_count_follows_what_is_made_and_deleted(client: Any, store: DynamoAccountStore, clock: ManualClock) -> None:
    for number in (1, 2, 3):
        store.put(numbered(clock, number))
    assert counted(client) == 3
    store.delete("acme", "x-002")
    store.delete("acme", "x-002")
    store.delete("acme", "x-999")
    assert counted(client) == 2


def test_what_is_stored_again_counts_once(client: Any, store: DynamoAccountStore, clock: ManualClock) -> None:
    store.put(numbered(clock, 1), limit=1)
    store.put(numbered(clock, 1).model_copy(update={"name": "Newer"}), limit=1)
    assert counted(client) == 1
    stored = store.get("acme", "x-001")
    assert stored is not None
    assert stored.name == "Newer"


def test_those_of_an_earlier_version_are_counted_before_one_more_is_made(
    client: Any, store: DynamoAccountStore, clock: ManualClock
) -> None:
    uncounted(client, store, clock, 4)
    with pytest.raises(LimitReached, match="an organisation can have 4 accounts; delete one first"):
        store.put(numbered(clock, 9), limit=4)
    assert counted(client) == 4


def test_those_of_an_earlier_version_are_counted_before_one_is_deleted(
    client: Any, store: DynamoAccountStore, clock: ManualClock
) -> None:
    uncounted(client, store, clock, 4)
    store.delete("acme", "x-002")
    assert counted(client) == 3


def test_one_with_more_than_there_may_be_keeps_them_and_gets_no_more(
    client: Any, store: DynamoAccountStore, clock: ManualClock
) -> None:
    uncounted(client, store, clock, 5)
    store.delete("acme", "x-000")
    with pytest.raises(LimitReached):
        store.put(numbered(clock, 9), limit=3)
    assert len(store.accounts("acme")) == 4


def test_other_organisations_count_for_themselves(client: Any, store: DynamoAccountStore, clock: ManualClock) -> None:
    store.put(numbered(clock, 1).model_copy(update={"org_id": "other"}), limit=1)
    store.put(numbered(clock, 1), limit=1)
    assert counted(client) == 1


@pytest.mark.parametrize("begun", [True, False])
def test_many_at_once_get_no_more_than_there_may_be(
    client: Any, store: DynamoAccountStore, clock: ManualClock, begun: bool
) -> None:
    uncounted(client, store, clock, 3)
    if begun:
        store.put(numbered(clock, 3), limit=100)
        store.delete("acme", "x-003")
    together = threading.Barrier(8)
    alone: Any = EachAlone(client)
    racing = DynamoAccountStore("accounts", lambda: alone)

    def made(number: int) -> bool:
        together.wait()
        try:
            racing.put(numbered(clock, 100 + number), limit=5)
        except (LimitReached, FlywheelError):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(made, range(8)))
    assert sum(outcomes) == 2
    assert (len(store.accounts("acme")), counted(client)) == (5, 5)


def test_a_page_reads_what_it_shows(client: Any, store: DynamoAccountStore, clock: ManualClock) -> None:
    uncounted(client, store, clock, 30)
    read: list[int] = []
    client.meta.events.register("after-call.dynamodb.Query", lambda parsed, **_: read.append(len(parsed["Items"])))
    page = store.page("acme", after="x-004", limit=2)
    assert [account.account_id for account in page] == ["x-005", "x-006"]
    assert read == [3]
    assert [account.account_id for account in store.page("acme", after=None, limit=1)] == ["x-000"]
    assert store.page("acme", after="x-029", limit=5) == []


def test_a_page_holds_nothing_of_another_kind(store: DynamoAccountStore, clock: ManualClock) -> None:
    store.put(numbered(clock, 1))
    store.lock("acme", "x-001", owner="me", now=clock(), until=clock())
    assert [account.account_id for account in store.page("acme", after=None, limit=9)] == ["x-001"]
