"""One suite over metrics readers: in memory, and X through tweepy against the stand-in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from functions.analytics.metrics.memory import MemoryMetricsReader
from functions.analytics.metrics.reader import MetricsReader
from functions.analytics.metrics.x import XMetricsReader
from functions.shared.circuits.breaker import Breaker, CircuitOpen
from functions.shared.circuits.circuit import Rules
from functions.shared.circuits.store import MemoryCircuitStore
from functions.shared.clock import new_id
from functions.shared.content import Account, AccountState
from functions.shared.errors import PermanentError, RateLimited, TransientError
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.memory import memory_engine
from functions.shared.jobs.model import JobType
from functions.shared.measured.model import Metrics
from functions.shared.store.memory import MemorySecrets
from functions.shared.x.authorisation import AccountPaused, Authorisation, TokenBeingRenewed
from tests.clock import ManualClock
from tests.meter import an_account
from tests.standins.x import Fault, XStandIn, out_of_credits, problem, rate_limited, unauthorised, unavailable

ACCOUNT = an_account()
TOKEN = "token-1"


@dataclass
class Bench:
    """A reader, and a way to publish a post with these counts; returns its id on the platform."""

    reader: MetricsReader
    publish: Callable[[Metrics], str]
    delete: Callable[[str], None]


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
def x_reader(x: XStandIn, engine: Engine, secrets: MemorySecrets, clock: ManualClock) -> XMetricsReader:
    return XMetricsReader(x.base_url, Authorisation(secrets, engine), clock, seconds=5)


@pytest.fixture(params=["memory", "x"])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "memory":
        return _memory_bench()
    return _x_bench(request.getfixturevalue("x"), request.getfixturevalue("x_reader"))


def test_counts_are_told_by_the_platforms_ids(bench: Bench) -> None:
    counts = [
        Metrics(likes=3, comments=2, shares=5, impressions=700),
        Metrics(likes=0, comments=0, shares=0, impressions=0),
    ]
    ids = [bench.publish(each) for each in counts]
    answer = bench.reader.read(ACCOUNT, ids)
    assert answer.told == dict(zip(ids, counts, strict=True))
    assert answer.gone == frozenset()


def test_a_deleted_post_is_gone_and_the_others_are_told(bench: Bench) -> None:
    kept, deleted = (bench.publish(Metrics(likes=1, comments=0, shares=0, impressions=9)) for _ in range(2))
    bench.delete(deleted)
    answer = bench.reader.read(ACCOUNT, [kept, deleted])
    assert (set(answer.told), set(answer.gone)) == ({kept}, {deleted})
    assert bench.reader.read(ACCOUNT, [deleted]).gone == {deleted}


def test_as_many_posts_as_it_says_are_read_with_one_call(bench: Bench) -> None:
    ids = [bench.publish(Metrics(likes=n, comments=0, shares=0, impressions=9)) for n in range(bench.reader.most_posts)]
    assert [bench.reader.read(ACCOUNT, ids).told[each].likes for each in ids] == list(range(len(ids)))


@pytest.mark.parametrize("new_names", [False, True])
def test_reposts_are_read_by_their_old_name_and_by_their_new_one(
    x: XStandIn, x_reader: XMetricsReader, new_names: bool
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
    x: XStandIn, x_reader: XMetricsReader, hidden: set[str], expected: Metrics
) -> None:
    counts = {"like_count": 1, "reply_count": 2, "quote_count": 3, "retweet_count": 4, "impression_count": 50}
    post = _posted(x, counts)
    x.metrics.hidden = hidden
    assert x_reader.read(ACCOUNT, [post]).told == {post: expected}


def test_a_rate_limit_is_told_with_xs_own_reset_to_the_second(
    x: XStandIn, x_reader: XMetricsReader, clock: ManualClock
) -> None:
    reset = clock() + timedelta(hours=3, seconds=7)
    x.read_faults.append(rate_limited(reset))
    with pytest.raises(RateLimited) as limited:
        x_reader.read(ACCOUNT, ["1"])
    assert limited.value.retry_at == reset


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
    x: XStandIn, x_reader: XMetricsReader, fault: Fault, error: type[Exception] | None, words: str
) -> None:
    x.read_faults.append(fault)
    if error is None:
        assert x_reader.read(ACCOUNT, ["1", "2"]).told == {}
        return
    with pytest.raises(error, match=words):
        x_reader.read(ACCOUNT, ["1"])
    assert len(x.requests) == 1


def test_ids_that_x_cannot_have_spoil_nothing(x: XStandIn, x_reader: XMetricsReader) -> None:
    post = _posted(x, {"like_count": 1})
    assert set(x_reader.read(ACCOUNT, ["preview-7", post, "²"]).told) == {post}
    assert x_reader.read(ACCOUNT, ["preview-7"]).told == {}
    assert len(x.requests) == 1


def test_a_refused_token_is_renewed_by_one_job_and_the_read_waits_for_it(
    x: XStandIn, x_reader: XMetricsReader, engine: Engine, clock: ManualClock
) -> None:
    x.read_faults.extend([unauthorised(), unauthorised()])
    for _ in range(2):
        with pytest.raises(TokenBeingRenewed) as waiting:
            x_reader.read(ACCOUNT, ["1"])
        assert waiting.value.retry_at > clock()
    assert [job.type for job in engine.store.newest("acme")[0]] == [JobType.REFRESH_TOKEN]


def test_a_paused_account_is_not_asked_for(x: XStandIn, x_reader: XMetricsReader) -> None:
    paused: Account = an_account(state=AccountState.NEEDS_AUTHORISATION)
    with pytest.raises(AccountPaused):
        x_reader.read(paused, ["1"])
    assert x.requests == []


def test_x_is_left_alone_while_it_keeps_failing(
    x: XStandIn, engine: Engine, secrets: MemorySecrets, clock: ManualClock
) -> None:
    rules, circuits = Rules(failures=2), MemoryCircuitStore()
    circuit = Breaker("X at there", circuits, clock, new_id, lambda: 0.0, rules)
    reader = XMetricsReader(x.base_url, Authorisation(secrets, engine), clock, circuit=circuit)
    x.read_faults.extend([unavailable()] * 2)
    for _ in range(2):
        with pytest.raises(TransientError):
            reader.read(ACCOUNT, ["1"])
    with pytest.raises(CircuitOpen):
        reader.read(ACCOUNT, ["1"])
    assert len(x.requests) == 2


def _memory_bench() -> Bench:
    reader = MemoryMetricsReader()

    def publish(metrics: Metrics) -> str:
        platform_id = str(len(reader.counts) + 1)
        reader.counts[platform_id] = metrics
        return platform_id

    def delete(platform_id: str) -> None:
        reader.gone.add(platform_id)
        reader.counts.pop(platform_id)

    return Bench(reader, publish, delete)


def _x_bench(x: XStandIn, reader: XMetricsReader) -> Bench:
    def publish(metrics: Metrics) -> str:
        names = {"like_count": "likes", "reply_count": "comments", "retweet_count": "shares"}
        counts = {theirs: getattr(metrics, ours) or 0 for theirs, ours in names.items()}
        return _posted(x, {**counts, "impression_count": metrics.impressions or 0})

    return Bench(reader, publish, x.delete)


def _posted(x: XStandIn, counts: Mapping[str, int]) -> str:
    _, answer = x.create("1001", {"text": f"post number {len(x.tweets)}"})
    platform_id = str(answer["data"]["id"])
    x.metrics.by_id[platform_id] = counts
    return platform_id
