import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.api.health.check import check
from functions.api.health.probes import probes
from functions.shared.kernel.circuits.circuit import Circuit
from functions.shared.kernel.circuits.memory import MemoryCircuitStore
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.schedules.memory import MemoryTimers
from tests.support.api_driver import make_driver
from tests.support.clock import ManualClock


def broken() -> None:
    raise TransientError("reading a job could not be reached: ConnectTimeoutError")


def mistaken() -> None:
    raise KeyError("secret detail")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_the_public_check_asks_nothing_and_needs_no_token(clock: ManualClock) -> None:
    api = make_driver(clock, probes={"table jobs": broken})
    answer = api("GET", "/health", claims=None)
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_every_dependency_is_reported(clock: ManualClock) -> None:
    api = make_driver(clock, probes={"table jobs": lambda: None, "queue pages": lambda: None})
    answer = api("GET", "/api/health")
    assert (answer.status, answer.json["status"]) == (200, "ok")
    assert {name: part["status"] for name, part in answer.json["parts"].items()} == {
        "table jobs": "ok",
        "queue pages": "ok",
    }


def test_a_broken_part_degrades_the_whole_and_says_why(clock: ManualClock) -> None:
    api = make_driver(clock, probes={"table jobs": broken, "queue pages": lambda: None})
    answer = api("GET", "/api/health")
    assert (answer.status, answer.json["status"]) == (503, "degraded")
    assert answer.json["parts"]["queue pages"]["status"] == "ok"
    assert answer.json["parts"]["table jobs"]["reason"] == "reading a job could not be reached: ConnectTimeoutError"


def test_an_unexpected_fault_is_one_parts_state_and_shows_no_detail() -> None:
    health = check({"table jobs": mistaken, "queue pages": lambda: None})
    assert (health.parts["table jobs"].status, health.parts["queue pages"].status) == ("degraded", "ok")
    assert "secret detail" not in health.model_dump_json()


def test_a_part_that_hangs_is_not_waited_for(gate: threading.Event) -> None:
    health = check({"table jobs": gate.wait, "queue pages": lambda: None}, deadline_seconds=0.05)
    assert (health.status, health.parts["table jobs"].reason) == ("degraded", "no answer in 0.05 s")
    assert health.parts["queue pages"].status == "ok"


def test_the_deep_check_needs_a_token(clock: ManualClock) -> None:
    assert make_driver(clock)("GET", "/api/health", claims=None).status == 401


def test_a_service_whose_circuit_is_open_degrades_its_part_until_it_is_tried_again(clock: ManualClock) -> None:
    circuits = MemoryCircuitStore()
    circuits.circuits["X at https://api.x.com"] = Circuit("X", open_until=clock() + timedelta(minutes=1))
    circuits.circuits["Polymarket"] = Circuit("Polymarket", failures=2)
    driver = make_driver(clock)
    parts = probes(
        engine=driver.services.engine,
        content=driver.services.content,
        accounts=driver.services.accounts,
        sources=driver.services.sources,
        metrics=driver.services.metrics,
        secrets=driver.services.secrets,
        secret_prefix="accounts/",
        timers=MemoryTimers(),
        circuits=circuits,
        queue_urls={},
        sqs=refuse,
    )
    degraded = {name: part.reason for name, part in check(parts).parts.items() if part.status == "degraded"}
    assert degraded == {"model, markets and networks": "X: keeps failing, and its jobs wait"}
    clock.advance(minutes=1)
    assert check(parts).status == "ok"


@pytest.mark.parametrize(
    ("code", "status"), [("AWS.SimpleQueueService.EmptyBatchRequest", "ok"), ("AccessDenied", "degraded")]
)
def test_a_queue_that_nothing_may_be_sent_to_degrades_its_part(clock: ManualClock, code: str, status: str) -> None:
    class Sqs:
        def send_message_batch(self, **request: Any) -> Any:
            assert request == {"QueueUrl": "https://sqs/pages", "Entries": []}
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "SendMessageBatch")

    driver = make_driver(clock)
    services = driver.services
    parts = probes(
        engine=services.engine,
        content=services.content,
        accounts=services.accounts,
        sources=services.sources,
        metrics=services.metrics,
        secrets=services.secrets,
        secret_prefix="accounts/",
        timers=MemoryTimers(),
        circuits=MemoryCircuitStore(),
        queue_urls={"pages": "https://sqs/pages"},
        sqs=lambda: Sqs(),  # type: ignore[arg-type,return-value]
    )
    health = check(parts)
    assert health.parts["queue pages"].status == status
    assert health.status == status


def refuse() -> Any:
    raise AssertionError("no queue was to be looked at")
