"""Keeps jobs from calling a service that keeps failing: they wait, and jobs that do not need it flow. Decision 0009."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from functions.shared.kernel.circuits.circuit import Circuit, Rules, broke, come_back_at, tried, worked
from functions.shared.kernel.circuits.store import CircuitStore
from functions.shared.kernel.clock import Clock, NewId, rfc3339
from functions.shared.kernel.errors import RateLimited, TransientError
from functions.shared.kernel.log import log

_TRIES = 4


class CircuitOpen(RateLimited):
    """The service was not called, because its calls keep failing. The job waits; this costs no attempt."""


class Sign(Enum):
    """What the way a call ended tells of the service."""

    FAULT = "fault"
    """It does not work: no answer in time, no connection, an answer of 500 or above."""
    ANSWER = "answer"
    """It works, whatever it thinks of the request."""
    NOTHING = "nothing"
    """The call never got as far."""


Judge = Callable[[Exception], Sign]


class Guard(Protocol):
    """What adapters put around each call of a service."""

    def guard(self, judge: Judge) -> AbstractContextManager[None]:
        """Raise CircuitOpen instead of letting the block run; else note how it ended."""


class Unguarded:
    """Implements Guard for services that cannot fail, and for tests of something else."""

    def guard(self, judge: Judge) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass
class Breaker:
    """Implements Guard for one service, over a circuit that all workers share.

    What was read of the circuit is good for `fresh`. While the store is out of reach calls are let through: the
    breaker spares calls, and must not be one more thing that fails.
    """

    name: str
    circuits: CircuitStore
    clock: Clock
    new_id: NewId
    random: Callable[[], float]
    rules: Rules = field(default_factory=Rules)
    fresh: timedelta = timedelta(seconds=5)
    _seen: tuple[datetime, Circuit] | None = field(default=None, init=False)

    @contextmanager
    def guard(self, judge: Judge) -> Iterator[None]:
        """See Guard."""
        token = self._enter()
        try:
            yield
        except Exception as error:
            self._note(judge(error), token)
            raise
        self._note(Sign.ANSWER, token)

    def _enter(self) -> str | None:
        """The token of the trial this call is, or None. Raises CircuitOpen."""
        try:
            return self._permission()
        except TransientError as error:
            log.warning("circuit not read", action="circuit_unreachable", circuit=self.name, reason=error.reason)
            return None

    def _permission(self) -> str | None:
        for _ in range(_TRIES):
            circuit = self._current()
            self._refuse(circuit)
            if not circuit.needs_trial:
                return None
            now = self.clock()
            token = self.new_id(now)
            if self._put(tried(circuit, token, now=now, rules=self.rules)):
                log.info("trying the service again", action="circuit_trial", circuit=self.name)
                return token
        raise TransientError(f"the circuit of {self.name} keeps changing")

    def _refuse(self, circuit: Circuit) -> None:
        now = self.clock()
        until = circuit.refuses_until(now)
        if until is not None:
            retry_at = come_back_at(until, now=now, random=self.random)
            raise CircuitOpen(f"{self.name} keeps failing and is left alone until {rfc3339(until)}", retry_at=retry_at)

    def _note(self, sign: Sign, token: str | None) -> None:
        if sign is Sign.NOTHING:
            return
        if sign is Sign.ANSWER and token is None and self._seen is not None and self._seen[1].failures == 0:
            return  # the usual case: all is well, and nothing is written
        try:
            self._commit(sign, token)
        except TransientError as error:
            log.warning("circuit not stored", action="circuit_unreachable", circuit=self.name, reason=error.reason)

    def _commit(self, sign: Sign, token: str | None) -> None:
        for _ in range(_TRIES):
            before = self._read()
            if sign is Sign.ANSWER:
                after = worked(before, token)
            else:
                after = broke(before, token, now=self.clock(), rules=self.rules)
            if after is before or self._put(after):
                self._log(before, after)
                return

    def _log(self, before: Circuit, after: Circuit) -> None:
        if after.open_until is not None and after.open_until != before.open_until:
            until = rfc3339(after.open_until)
            log.error("service keeps failing", action="circuit_opened", circuit=self.name, until=until)
        elif before.open_until is not None and after.open_until is None:
            log.info("service works again", action="circuit_closed", circuit=self.name)

    def _current(self) -> Circuit:
        """The circuit as read a moment ago, unless its opening has ended since."""
        if self._seen is not None:
            read_at, circuit = self._seen
            is_over = circuit.needs_trial and circuit.refuses_until(self.clock()) is None
            if timedelta() <= self.clock() - read_at < self.fresh and not is_over:
                return circuit
        return self._read()

    def _read(self) -> Circuit:
        circuit = self.circuits.get(self.name)
        self._seen = (self.clock(), circuit)
        return circuit

    def _put(self, after: Circuit) -> bool:
        """Store; when another was first, what it stored is read at the next look."""
        is_stored = self.circuits.put(after)
        self._seen = (self.clock(), after) if is_stored else None
        return is_stored
