"""When a failed job runs again: data, and one pure function over it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from functions.shared.kernel.settings import EngineSettings

MAX_CRASH_RECOVERIES = 3
MAX_SQS_DELAY = timedelta(seconds=900)
_JITTER = 0.1
_MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """After 1, 5 and 15 minutes: four runs in all. Deferrals cost none of them, but have limits too."""

    delays: tuple[timedelta, ...] = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
    longest_deferral: timedelta = timedelta(hours=24)
    most_deferrals: int = 50

    def next_delay(self, failures: int, random: Callable[[], float]) -> timedelta | None:
        """How long to wait after the `failures`-th failure, or None when it was the last one.

        Jitter takes up to a tenth off and never adds, because 15 minutes is the longest SQS delays a message.
        """
        if failures > len(self.delays):
            return None
        return self.delays[failures - 1] * (1 - _JITTER * random())

    def refusal_to_defer(self, deferrals: int, wait: timedelta) -> str | None:
        """Why a job that was put off `deferrals` times already is not put off for `wait` more; None when it is."""
        if wait > self.longest_deferral:
            hours = self.longest_deferral.total_seconds() / 3600
            return f"that is further away than the {hours:g} hours a job is put off at most"
        if deferrals >= self.most_deferrals:
            return f"put off {deferrals} times, gave up"
        return None


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take before the engine looks again."""

    lease: timedelta = timedelta(seconds=60)
    heartbeat: timedelta = timedelta(seconds=20)
    dispatch_grace: timedelta = timedelta(seconds=30)
    redispatch_after: timedelta = timedelta(minutes=1)
    redispatch_at_most: timedelta = timedelta(minutes=15)

    def resend_after(self, resends: int) -> timedelta:
        """How long a message that was sent again so often is given before it is taken for lost: each time twice."""
        longer: int = 2 ** min(resends, _MOST_DOUBLINGS)
        return min(self.redispatch_after * longer, self.redispatch_at_most)


def policy_from(settings: EngineSettings) -> RetryPolicy:
    """The retry policy of a deployment."""
    return RetryPolicy(
        delays=tuple(timedelta(seconds=seconds) for seconds in settings.retry_delays),
        longest_deferral=timedelta(seconds=settings.longest_deferral_seconds),
        most_deferrals=settings.most_deferrals,
    )


def timing_from(settings: EngineSettings) -> Timing:
    """The engine's timing in a deployment."""
    return Timing(
        lease=timedelta(seconds=settings.lease_seconds),
        heartbeat=timedelta(seconds=settings.heartbeat_seconds),
        dispatch_grace=timedelta(seconds=settings.dispatch_grace_seconds),
        redispatch_after=timedelta(seconds=settings.redispatch_after_seconds),
    )
