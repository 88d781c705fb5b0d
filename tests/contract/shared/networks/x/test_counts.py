"""What X tells of counts, through tweepy against the stand-in: what every network keeps is in test_contract.py."""

from collections.abc import Iterator, Mapping

import pytest

from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.model import Metrics
from functions.shared.kernel.circuits.breaker import Breaker, CircuitOpen
from functions.shared.kernel.circuits.circuit import Rules
from functions.shared.kernel.circuits.memory import MemoryCircuitStore
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.authorisation import AccountPaused, Authorisation, TokenBeingRenewed
from functions.shared.networks.x.counts import XCountsReader
from tests.support.analytics_services import an_account
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.standins.x import Fault, XStandIn, out_of_credits, problem, unauthorised, unavailable

ACCOUNT = an_account()
TOKEN = "token-1"


@pytest.fixture
def x(clock: ManualClock) -> Iterator[XStandIn]:
    with XStandIn(clock=clock) as stand_in:
        yield stand_in


@pytest.fixture
def engine(clock: ManualClock) -> Engine:
    return memory_engine(clock=clock)


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets({str(ACCOUNT.secret_id): {"access_token": TOKEN}})


@pytest.fixture
def x_reader(x: XStandIn, engine: Engine, secrets: MemorySecrets, clock: ManualClock) -> XCountsReader:
    return XCountsReader(x.base_url, Authorisation(secrets, engine), clock, seconds=5)


@pytest.mark.parametrize("new_names", [False, True])
def test_reposts_are_read_by_their_old_name_and_by_their_new_one(
    x: XStandIn, x_reader: XCountsReader, new_names: bool
) -> None:
    post = _posted(x, {"retweet_count": 4, "quote_count": 2})
    x.metrics.new_names = new_names
    assert x_reader.read(ACCOUNT, [post]).told[post].shares == 6


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        ({"impression_count"}, Metrics(likes=1, comments=2, shares=7)),
        ({"retweet_count"}, Metrics(likes=1, comments=2, shares=3, impressions=50)),
        ({"retweet_count", "quote_count", "like_count"}, Metrics(comments=2, impressions=50)),
    ],
)
def test_a_count_x_does_not_tell_is_missing_and_not_zero(
    x: XStandIn, x_reader: XCountsReader, hidden: set[str], expected: Metrics
) -> None:
    counts = {"like_count": 1, "reply_count": 2, "quote_count": 3, "retweet_count": 4, "impression_count": 50}
    post = _posted(x, counts)
    x.metrics.hidden = hidden
    assert x_reader.read(ACCOUNT, [post]).told == {post: expected}


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (unavailable(), TransientError, "503"),
        (Fault(then="reset"), TransientError, "connection"),
        (Fault(200, b"<html>"), TransientError, "not JSON"),
        (out_of_credits(), PermanentError, "add credits"),
        (problem(403, "You are not permitted to do this."), PermanentError, "not permitted"),
        (Fault(200, b'{"data": [{"id": "1"}, 7, {"id": "2", "public_metrics": "none"}], "errors": {}}'), None, ""),
    ],
)
def test_every_other_answer_of_x_has_its_meaning(
    x: XStandIn, x_reader: XCountsReader, fault: Fault, error: type[Exception] | None, words: str
) -> None:
    x.read_faults.append(fault)
    if error is None:
        assert x_reader.read(ACCOUNT, ["1", "2"]).told == {}
        return
    with pytest.raises(error, match=words):
        x_reader.read(ACCOUNT, ["1"])
    assert len(x.requests) == 1


def test_ids_that_x_cannot_have_spoil_nothing(x: XStandIn, x_reader: XCountsReader) -> None:
    post = _posted(x, {"like_count": 1})
    assert set(x_reader.read(ACCOUNT, ["preview-7", post, "²"]).told) == {post}
    assert x_reader.read(ACCOUNT, ["preview-7"]).told == {}
    assert len(x.requests) == 1


def test_a_refused_token_is_renewed_by_one_job_and_the_read_waits_for_it(
    x: XStandIn, x_reader: XCountsReader, engine: Engine, clock: ManualClock
) -> None:
    x.read_faults.extend([unauthorised(), unauthorised()])
    for _ in range(2):
        with pytest.raises(TokenBeingRenewed) as waiting:
            x_reader.read(ACCOUNT, ["1"])
        assert waiting.value.retry_at > clock()
    assert [job.type for job in engine.store.newest("acme")[0]] == [JobType.REFRESH_TOKEN]


def test_a_paused_account_is_not_asked_for(x: XStandIn, x_reader: XCountsReader) -> None:
    paused: Account = an_account(state=AccountState.NEEDS_AUTHORISATION)
    with pytest.raises(AccountPaused):
        x_reader.read(paused, ["1"])
    assert x.requests == []


def test_x_is_left_alone_while_it_keeps_failing(
    x: XStandIn, engine: Engine, secrets: MemorySecrets, clock: ManualClock
) -> None:
    rules, circuits = Rules(failures=2), MemoryCircuitStore()
    circuit = Breaker("X at there", circuits, clock, new_id, lambda: 0.0, rules)
    reader = XCountsReader(x.base_url, Authorisation(secrets, engine), clock, circuit=circuit)
    x.read_faults.extend([unavailable()] * 2)
    for _ in range(2):
        with pytest.raises(TransientError):
            reader.read(ACCOUNT, ["1"])
    with pytest.raises(CircuitOpen):
        reader.read(ACCOUNT, ["1"])
    assert len(x.requests) == 2


def _posted(x: XStandIn, counts: Mapping[str, int]) -> str:
    _, answer = x.create("1001", {"text": f"post number {len(x.tweets)}"})
    platform_id = str(answer["data"]["id"])
    x.metrics.by_id[platform_id] = counts
    return platform_id
