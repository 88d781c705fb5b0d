"""A circuit breaker's state and every change of it, as pure functions.

    closed --so many failures in a row--> open --its pause is over--> one trial
    trial --worked--> closed            trial --broke--> open, for twice the pause

A trial is taken by whoever first comes after the pause. It counts as lost when it does not end within `Rules.trial`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_SPREAD = 0.1


@dataclass(frozen=True, slots=True)
class Rules:
    """`failures` in a row open a circuit for `pause`, which doubles with each failed trial up to `longest_pause`."""

    failures: int = 5
    pause: timedelta = timedelta(minutes=1)
    longest_pause: timedelta = timedelta(minutes=15)

    @property
    def trial(self) -> timedelta:
        """How long a trial may take before another may be made."""
        return min(self.pause, timedelta(seconds=30))


@dataclass(frozen=True, slots=True)
class Circuit:
    """The health of one service, shared by all who call it.

    `failures` counts failed calls in a row, `trials` the failed trials since the circuit opened. It is open until
    `open_until`; None means closed. `trial` is the token of the trial that is under way until then. `version` grows
    with each change.
    """

    name: str
    failures: int = 0
    trials: int = 0
    open_until: datetime | None = None
    trial: str | None = None
    version: int = 0

    def refuses_until(self, now: datetime) -> datetime | None:
        """Until when calls are refused; None when one may be made, be it as the trial."""
        return self.open_until if self.open_until is not None and now < self.open_until else None

    @property
    def needs_trial(self) -> bool:
        """Whether only a trial may be made, once nothing is refused any more."""
        return self.open_until is not None


def tried(circuit: Circuit, token: str, *, now: datetime, rules: Rules) -> Circuit:
    """Somebody makes the trial; everybody else waits for it."""
    return _changed(replace(circuit, trial=token, open_until=now + rules.trial))


def worked(circuit: Circuit, token: str | None) -> Circuit:
    """A call was answered. It closes the circuit if it was the trial; a call begun before the opening tells nothing."""
    if circuit.open_until is not None and (token is None or token != circuit.trial):
        return circuit
    if circuit.open_until is None and circuit.failures == 0:
        return circuit
    return _changed(Circuit(circuit.name, version=circuit.version))


def broke(circuit: Circuit, token: str | None, *, now: datetime, rules: Rules) -> Circuit:
    """A call failed by the service's fault."""
    if circuit.open_until is None:
        failures = circuit.failures + 1
        opens = failures >= rules.failures
        return _changed(replace(circuit, failures=failures, open_until=now + rules.pause if opens else None))
    if token is None or token != circuit.trial:
        return circuit
    trials = circuit.trials + 1
    pause = min(rules.pause * 2 ** min(trials, 30), rules.longest_pause)
    return _changed(replace(circuit, trials=trials, trial=None, open_until=now + pause))


def come_back_at(open_until: datetime, *, now: datetime, random: Callable[[], float]) -> datetime:
    """When to try a refused call again: a little after the opening ends, so that not all come at once."""
    return open_until + (open_until - now) * _SPREAD * random()


def _changed(circuit: Circuit) -> Circuit:
    return replace(circuit, version=circuit.version + 1)
