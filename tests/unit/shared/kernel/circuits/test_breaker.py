from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.shared.kernel.circuits.breaker import Breaker, CircuitOpen, Sign
from functions.shared.kernel.circuits.circuit import Circuit, Rules
from functions.shared.kernel.circuits.memory import MemoryCircuitStore
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.errors import TransientError
from tests.support.clock import ManualClock

MINUTE = timedelta(minutes=1)


class Refused(Exception):
    """An answer of 400 and above, below 500."""


class Broken(Exception):
    """No answer."""


class Mistake(Exception):
    """The call never reached the service."""


SIGNS = {Refused: Sign.ANSWER, Broken: Sign.FAULT, Mistake: Sign.NOTHING}


class Service:
    """Something that is called by several workers, each behind a breaker of its own, over circuits they share."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.circuits = MemoryCircuitStore()
        self.calls = 0
        self.workers = [self._breaker() for _ in range(3)]

    def _breaker(self) -> Breaker:
        return Breaker("X", self.circuits, self.clock, new_id, random=lambda: 0.0)

    def call(self, error: type[Exception] | None = None, *, worker: int = 0) -> None:
        with self.workers[worker].guard(lambda raised: SIGNS[type(raised)]):
            self.calls += 1
            if error is not None:
                raise error

    def fail(self, times: int, error: type[Exception] = Broken, *, worker: int = 0) -> None:
        for _ in range(times):
            with pytest.raises(error):
                self.call(error, worker=worker)

    def refused_for(self, *, worker: int = 0) -> timedelta:
        before = self.calls
        with pytest.raises(CircuitOpen) as caught:
            self.call(worker=worker)
        assert self.calls == before
        return caught.value.retry_at - self.clock()


@pytest.fixture
def service(clock: ManualClock) -> Service:
    return Service(clock)


def test_calls_that_work_are_let_through_and_write_nothing(service: Service) -> None:
    for _ in range(100):
        service.call()
    assert (service.calls, service.circuits.puts) == (100, 0)


def test_five_failures_in_a_row_open_the_circuit_for_a_minute_for_every_worker(service: Service) -> None:
    service.fail(5)
    assert service.refused_for() == MINUTE
    assert service.refused_for(worker=1) == MINUTE


def test_failures_of_all_workers_count_together(service: Service) -> None:
    service.fail(2, worker=0)
    service.fail(2, worker=1)
    service.fail(1, worker=2)
    assert service.refused_for(worker=2) == MINUTE


def test_a_call_that_works_in_between_starts_the_count_again(service: Service) -> None:
    service.fail(4)
    service.call()
    service.fail(4)
    service.call()
    assert service.calls == 10


def test_a_refused_request_is_no_fault_of_the_service(service: Service) -> None:
    service.fail(20, Refused)
    service.call()


def test_a_call_that_never_left_tells_nothing(service: Service) -> None:
    service.fail(4)
    service.fail(10, Mistake)
    service.fail(1)
    assert service.refused_for() == MINUTE


def test_after_the_pause_one_worker_tries_and_the_others_wait_for_it(service: Service) -> None:
    service.fail(5)
    service.clock.advance(seconds=60)
    with service.workers[0].guard(lambda _: Sign.FAULT):
        assert service.refused_for(worker=1) == timedelta(seconds=30)
    service.clock.advance(seconds=5)
    service.call(worker=1)
    service.call(worker=2)


@pytest.mark.parametrize("error", [None, Refused])
def test_a_trial_that_is_answered_closes_the_circuit_and_forgets_the_past(
    service: Service, error: type[Exception] | None
) -> None:
    service.fail(5)
    service.clock.advance(seconds=60)
    if error is None:
        service.call()
    else:
        service.fail(1, error)
    service.fail(4)
    service.call()
    assert service.circuits.get("X").trials == 0


def test_the_pause_doubles_with_each_failed_trial_up_to_a_quarter_of_an_hour(service: Service) -> None:
    service.fail(5)
    pauses = []
    for _ in range(7):
        pauses.append(service.refused_for() / MINUTE)
        service.clock.advance(minutes=pauses[-1])
        service.fail(1)
    assert pauses == [1, 2, 4, 8, 15, 15, 15]


def test_a_trial_whose_worker_died_is_made_again_by_another(service: Service) -> None:
    service.fail(5)
    service.clock.advance(seconds=60)
    with pytest.raises(KeyboardInterrupt), service.workers[0].guard(lambda _: Sign.FAULT):
        raise KeyboardInterrupt
    assert service.refused_for(worker=1) == timedelta(seconds=30)
    service.clock.advance(seconds=30)
    service.call(worker=1)


def test_calls_begun_before_the_opening_change_nothing_when_they_end(service: Service) -> None:
    late = service.workers[2].guard(lambda _: Sign.FAULT)
    late.__enter__()
    service.fail(5)
    assert not late.__exit__(Broken, Broken(), None), "an error of the call is never swallowed"
    circuit = service.circuits.get("X")
    assert (circuit.failures, circuit.trials) == (5, 0)
    assert service.refused_for(worker=2) == MINUTE


def test_refused_jobs_come_back_spread_over_a_tenth_of_the_pause(service: Service) -> None:
    service.fail(5)
    service.workers[1].random = lambda: 0.5
    assert service.refused_for(worker=1) == timedelta(seconds=63)


def test_a_clock_that_jumps_back_keeps_nobody_out_for_longer_than_the_circuit_says(service: Service) -> None:
    service.fail(5)
    service.clock.advance(minutes=-15)
    assert service.refused_for() == 16 * MINUTE
    service.clock.advance(minutes=16)
    service.call()


def test_a_reading_is_good_for_five_seconds(service: Service) -> None:
    service.call(worker=1)
    service.fail(5, worker=0)
    service.call(worker=1)
    service.clock.advance(seconds=5)
    service.refused_for(worker=1)


class Unreachable(MemoryCircuitStore):
    """A store that is down."""

    def get(self, name: str) -> Circuit:
        raise TransientError("reading a circuit could not be reached")


def test_a_store_out_of_reach_lets_every_call_through(clock: ManualClock) -> None:
    breaker = Breaker("X", Unreachable(), clock, new_id, random=lambda: 0.0)
    for _ in range(10):
        with pytest.raises(Broken), breaker.guard(lambda _: Sign.FAULT):
            raise Broken
    with breaker.guard(lambda _: Sign.FAULT):
        pass


class Contested(MemoryCircuitStore):
    """A store in which another worker is always a moment faster."""

    def put(self, after: Circuit) -> bool:
        current = self.get(after.name)
        self.circuits[after.name] = Circuit(after.name, failures=current.failures, version=current.version + 1)
        return False


def test_a_change_that_always_meets_another_is_given_up_and_the_call_still_counts_for_its_caller(
    clock: ManualClock,
) -> None:
    breaker = Breaker("X", Contested(), clock, new_id, random=lambda: 0.0)
    with pytest.raises(Broken), breaker.guard(lambda _: Sign.FAULT):
        raise Broken


def test_rules_can_be_set(clock: ManualClock) -> None:
    rules = Rules(failures=1, pause=timedelta(seconds=3), longest_pause=timedelta(seconds=4))
    breaker = Breaker("X", MemoryCircuitStore(), clock, new_id, random=lambda: 0.0, rules=rules)
    waits = list(failing_waits(breaker, clock))
    assert waits == [3, 4, 4]


def failing_waits(breaker: Breaker, clock: ManualClock) -> Iterator[float]:
    for _ in range(3):
        with pytest.raises(Broken), breaker.guard(lambda _: Sign.FAULT):
            raise Broken
        with pytest.raises(CircuitOpen) as caught, breaker.guard(lambda _: Sign.FAULT):
            pass
        yield (caught.value.retry_at - clock()).total_seconds()
        clock.now = caught.value.retry_at
