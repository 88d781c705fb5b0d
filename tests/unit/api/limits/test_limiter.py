"""How often an organisation may call, over one Lambda and over many."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.api.limits.bucket import Bucket
from functions.api.limits.limiter import RateLimiter
from functions.api.limits.memory import MemoryBuckets
from functions.api.refusals import TooManyCalls
from functions.shared.kernel.errors import TransientError
from tests.support.api_driver import OPERATOR, RIVAL, make_driver
from tests.support.clock import ManualClock

BUCKET = Bucket(per_second=10, at_once=30)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def passed(call: Callable[[], None]) -> bool:
    try:
        call()
    except TooManyCalls:
        return False
    return True


def test_what_comes_at_once_is_answered_up_to_the_limit(clock: ManualClock) -> None:
    limiter = RateLimiter(BUCKET, MemoryBuckets(), clock)
    assert sum(passed(lambda: limiter.require_room("acme")) for _ in range(100)) == 30
    assert passed(lambda: limiter.require_room("rival"))


def test_many_lambdas_together_let_no_more_pass(clock: ManualClock) -> None:
    store = MemoryBuckets()
    limiters = [RateLimiter(BUCKET, store, clock) for _ in range(7)]
    answered = 0
    for _ in range(60):
        answered += sum(passed(lambda limiter=limiter: limiter.require_room("acme")) for limiter in limiters)  # type: ignore[misc]
        clock.advance(milliseconds=50)
    assert 30 + 10 * 2 <= answered <= 30 + 10 * 3 + 7


def test_a_refusal_says_when_to_come_and_then_a_call_is_answered(clock: ManualClock) -> None:
    limiter = RateLimiter(Bucket(per_second=1, at_once=2), MemoryBuckets(), clock)
    for _ in range(2):
        limiter.require_room("acme")
    with pytest.raises(TooManyCalls) as refused:
        limiter.require_room("acme")
    assert refused.value.seconds == 1
    clock.advance(seconds=refused.value.seconds)
    limiter.require_room("acme")


def test_a_flood_of_refused_calls_asks_the_table_no_more(clock: ManualClock) -> None:
    store = MemoryBuckets()
    limiter = RateLimiter(BUCKET, store, clock)
    for _ in range(40):
        passed(lambda: limiter.require_room("acme"))
    before = store.swaps
    assert not any(passed(lambda: limiter.require_room("acme")) for _ in range(1000))
    assert store.swaps == before


@pytest.mark.parametrize("per_second", [1, 3, 10, 40])
def test_a_warm_lambda_writes_about_once_a_second_whatever_it_answers(clock: ManualClock, per_second: int) -> None:
    store = MemoryBuckets()
    limiter = RateLimiter(Bucket(per_second=50, at_once=300), store, clock)
    for _ in range(per_second * 60):
        limiter.require_room("acme")
        clock.now += timedelta(seconds=1 / per_second)
    assert store.swaps <= 70


def test_while_the_table_is_out_of_reach_nobody_is_refused(clock: ManualClock) -> None:
    class Broken(MemoryBuckets):
        def swap(self, org_id: str, before: int, after: int) -> int | None:
            self.swaps += 1
            raise TransientError("counting calls could not be reached")

    store = Broken()
    limiter = RateLimiter(BUCKET, store, clock)
    assert all(passed(lambda: limiter.require_room("acme")) for _ in range(1000))
    assert store.swaps <= 25


def test_the_api_answers_429_with_when_to_come_and_goes_on_for_others_and_for_operators(clock: ManualClock) -> None:
    api = make_driver(clock, limiter=RateLimiter(BUCKET, MemoryBuckets(), clock))
    answers = [api("GET", "/api/jobs") for _ in range(31)]
    assert [answer.status for answer in answers] == [200] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert answers[-1].json["type"] == "urn:flywheel:problem:too-many-calls"
    assert api("GET", "/api/jobs", claims=RIVAL).status == 200
    assert api("GET", "/api/jobs", claims=OPERATOR).status == 200
    assert api("GET", "/health", claims=None).status == 200
