"""Circuits in memory and on DynamoDB are kept alike."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from moto import mock_aws

from functions.shared.kernel import aws
from functions.shared.kernel.circuits.circuit import Circuit
from functions.shared.kernel.circuits.dynamodb import DynamoCircuitStore
from functions.shared.kernel.circuits.memory import MemoryCircuitStore
from functions.shared.kernel.circuits.store import CircuitStore
from tests.support.aws import make_tables

UNTIL = datetime(2026, 11, 22, 5, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[CircuitStore]:
    if request.param == "memory":
        yield MemoryCircuitStore()
        return
    with mock_aws():
        aws._client.cache_clear()
        make_tables()
        yield DynamoCircuitStore("jobs", aws.dynamodb)
    aws._client.cache_clear()


def test_a_circuit_never_seen_is_closed(store: CircuitStore) -> None:
    assert store.get("X at https://api.x.com") == Circuit("X at https://api.x.com")


def test_a_stored_circuit_is_read_back_whole(store: CircuitStore) -> None:
    circuit = Circuit("X", failures=5, trials=2, open_until=UNTIL, trial="token", version=1)
    assert store.put(circuit)
    assert store.get("X") == circuit
    closed = Circuit("X", version=2)
    assert store.put(closed)
    assert store.get("X") == closed


def test_of_two_changes_to_the_same_state_one_is_stored(store: CircuitStore) -> None:
    first = Circuit("X", failures=1, version=1)
    assert store.put(first)
    assert not store.put(replace(first, failures=7))
    assert store.put(replace(first, failures=2, version=2))
    assert not store.put(replace(first, failures=8, version=2))
    assert store.get("X").failures == 2


def test_circuits_do_not_touch_each_other(store: CircuitStore) -> None:
    store.put(Circuit("X", failures=1, version=1))
    assert store.get("Polymarket").failures == 0


def test_every_stored_circuit_is_listed(store: CircuitStore) -> None:
    assert store.all() == []
    kept = [Circuit("Polymarket", failures=1, version=1), Circuit("X", failures=5, open_until=UNTIL, version=1)]
    for circuit in kept:
        store.put(circuit)
    assert sorted(store.all(), key=lambda circuit: circuit.name) == kept
