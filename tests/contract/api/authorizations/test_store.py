"""One suite over the store of pending authorisations in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.api.authorizations.dynamodb import DynamoAuthorisations
from functions.api.authorizations.memory import MemoryAuthorisations
from functions.api.authorizations.store import AuthorisationStore, PendingAuthorisation
from tests.support.aws import make_tables
from tests.support.clock import ManualClock


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[AuthorisationStore]:
    if request.param == "memory":
        yield MemoryAuthorisations()
        return
    with mock_aws():
        make_tables()
        yield DynamoAuthorisations("accounts", partial(boto3.client, "dynamodb"))


@pytest.fixture
def pending(clock: ManualClock) -> PendingAuthorisation:
    return PendingAuthorisation(
        org_id="acme",
        authorisation_id="auth-1",
        state="state-1",
        verifier="verifier-1",
        redirect_uri="https://console.example/",
        name="Acme",
        account_id="x-1",
        expires_at=clock() + timedelta(minutes=10),
    )


def test_it_is_read_back_whole_by_its_organisation_alone(
    store: AuthorisationStore, pending: PendingAuthorisation
) -> None:
    store.put(pending)

    assert store.get("acme", "auth-1") == pending
    assert store.get("rival", "auth-1") is None
    assert store.get("acme", "auth-2") is None


def test_one_call_takes_it_also_when_its_answer_was_lost(
    store: AuthorisationStore, pending: PendingAuthorisation
) -> None:
    store.put(pending)

    assert store.take(pending, owner="a")
    assert store.take(pending, owner="a")
    assert not store.take(pending, owner="b")
    assert store.get("acme", "auth-1") == pending.model_copy(update={"used_by": "a"})


def test_who_took_it_may_give_it_back(store: AuthorisationStore, pending: PendingAuthorisation) -> None:
    store.put(pending)
    store.take(pending, owner="a")

    store.release(pending, owner="b")
    assert not store.take(pending, owner="b")
    store.release(pending, owner="a")
    assert store.take(pending, owner="b")


def test_what_is_not_there_cannot_be_taken(store: AuthorisationStore, pending: PendingAuthorisation) -> None:
    assert not store.take(pending, owner="a")
    store.release(pending, owner="a")

    assert store.get("acme", "auth-1") is None


@mock_aws
def test_the_table_forgets_it_a_day_after_it_expired(pending: PendingAuthorisation) -> None:
    make_tables()
    DynamoAuthorisations("accounts", partial(boto3.client, "dynamodb")).put(pending)

    (item,) = boto3.client("dynamodb").scan(TableName="accounts")["Items"]
    assert item["expires_at"] == {"N": str(int((pending.expires_at + timedelta(days=1)).timestamp()))}
