"""Which faults of X, Polymarket and the model open a circuit, and that an open one refuses before the call."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from functions.pseo_generator.markets.polymarket import Polymarket
from functions.pseo_generator.markets.sample import SampleWhenUnreachable
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import PostState
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.network import Network
from functions.shared.kernel.circuits.breaker import Breaker, CircuitOpen
from functions.shared.kernel.circuits.memory import MemoryCircuitStore
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.x.publish import XPublisher
from functions.shared.writing.models.port import TextRequest
from functions.social_poster.post_once import Claimant, post_once
from functions.social_poster.services import Services
from tests.support.clock import ManualClock
from tests.support.contents import a_post
from tests.support.engines import memory_engine
from tests.support.standins.model import ScriptedModel
from tests.support.standins.openai_service import NoBrief, Service, Tea, completion, model_of, refusal
from tests.support.standins.x import Fault, XStandIn, accepted_then_reset, problem, unauthorised, unavailable

START = ManualClock()()
TEA = TextRequest("Name a tea.", brief=NoBrief(), draft=Tea)


@pytest.fixture
def circuits() -> MemoryCircuitStore:
    return MemoryCircuitStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(circuits: MemoryCircuitStore, clock: ManualClock) -> Breaker:
    return Breaker("the service", circuits, clock, new_id, random=lambda: 0.0)


@pytest.fixture
def x() -> Iterator[XStandIn]:
    with XStandIn() as server:
        yield server


ACCOUNT = Account(
    org_id="acme",
    account_id="x-1",
    network=Network.TWITTER,
    publisher="x",
    name="@acme",
    secret_id="secret-1",
    created_at=START,
)
POST = a_post(START, text="Tea", publisher="x", account_id="x-1")


def publisher_to(x: XStandIn, clock: ManualClock, breaker: Breaker) -> XPublisher:
    secrets = MemorySecrets({"secret-1": {"access_token": "token-1"}})
    authorisation = Authorisation(secrets, memory_engine(clock=clock))
    return XPublisher(x.base_url, authorisation, clock, settle=timedelta(), seconds=20, circuit=breaker)


@pytest.mark.parametrize("fault", [unavailable(), accepted_then_reset()])
def test_x_is_left_alone_after_five_faults(x: XStandIn, clock: ManualClock, breaker: Breaker, fault: Fault) -> None:
    publisher = publisher_to(x, clock, breaker)
    x.create_faults.extend([fault] * 5)
    for number in range(5):
        with pytest.raises(FlywheelError):
            publisher.publish(POST.model_copy(update={"text": f"Tea {number}"}), ACCOUNT)
    asked = len(x.requests)
    with pytest.raises(CircuitOpen, match="keeps failing"):
        publisher.publish(POST, ACCOUNT)
    with pytest.raises(CircuitOpen):
        publisher.find(POST, ACCOUNT)
    assert len(x.requests) == asked

    clock.advance(seconds=60)
    assert publisher.publish(POST, ACCOUNT).platform_id == x.tweets[-1].id


@pytest.mark.parametrize("fault", [unauthorised(), problem(403, "Forbidden"), problem(429, "Too many")])
def test_what_x_refuses_says_nothing_against_x(
    x: XStandIn, clock: ManualClock, breaker: Breaker, circuits: MemoryCircuitStore, fault: Fault
) -> None:
    publisher = publisher_to(x, clock, breaker)
    x.create_faults.extend([fault] * 10)
    for _ in range(10):
        with pytest.raises(FlywheelError):
            publisher.publish(POST, ACCOUNT)
    assert len(x.requests) == 10
    assert circuits.puts == 0


def test_a_post_refused_by_an_open_circuit_is_surely_not_made(
    x: XStandIn, clock: ManualClock, breaker: Breaker, circuits: MemoryCircuitStore
) -> None:
    opened = replace(circuits.get("the service"), failures=5, open_until=START + timedelta(minutes=1), version=1)
    assert circuits.put(opened)
    contents = MemoryContentStore()
    contents.put(POST)
    publisher = publisher_to(x, clock, breaker)
    engine = memory_engine(clock=clock)
    services = Services(contents, MemoryAccountStore(), ScriptedModel(), lambda _: publisher, engine, MemoryMetrics())
    with pytest.raises(CircuitOpen) as refused:
        post_once(POST, ACCOUNT, Claimant("run-1", before_posting=lambda: None), services=services)
    stored = contents.get("acme", POST.content_id)
    assert stored is not None
    assert stored.kind == "post"
    assert stored.state is PostState.PENDING
    assert refused.value.retry_at == START + timedelta(minutes=1)
    assert x.requests == []


def test_the_model_is_left_alone_after_five_faults_and_not_after_refusals(breaker: Breaker, clock: ManualClock) -> None:
    refused = [refusal(400), refusal(429)]
    broken = [refusal(503) for _ in range(5)]
    service = Service([*refused * 4, *broken, completion('{"name": "Assam", "minutes": 4}')])
    with model_of(service, circuit=breaker) as model:
        for _ in range(8 + 5):
            assert not isinstance(model.generate_text(TEA).error, CircuitOpen)
        asked = len(service.requests)
        assert isinstance(model.generate_text(TEA).error, CircuitOpen)
        assert len(service.requests) == asked
        clock.advance(seconds=60)
        assert model.generate_text(TEA).success


def test_polymarket_is_left_alone_after_five_faults_and_the_sample_is_used_where_allowed(breaker: Breaker) -> None:
    asked: list[str] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(451 if len(asked) <= 5 else 503)

    with httpx2.Client(transport=httpx2.MockTransport(respond)) as client:
        live = Polymarket("https://markets.example", client=lambda: client, circuit=breaker)
        source = SampleWhenUnreachable(live)
        for _ in range(12):
            assert source.trending(5).origin == "sample"
        assert len(asked) == 10
        with pytest.raises(CircuitOpen):
            live.trending(5)
        assert source.by_slug(source.trending(1).events[0].slug)
    assert len(asked) == 10
