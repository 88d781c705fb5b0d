"""The collaborators of the job engine, as one argument."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from functions.shared.kernel.clock import Clock, NewId
from functions.shared.kernel.jobs.kinds import Kinds
from functions.shared.kernel.jobs.policy import RetryPolicy, Timing
from functions.shared.kernel.jobs.store import JobStore
from functions.shared.kernel.jobs.turns import Notes
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.notifications.wants import Wants
from functions.shared.kernel.tally import Tally


class Dispatcher(Protocol):
    """The port to the queues."""

    def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
        """Send a pointer to the queue of this name; TransientError when the queue does not take it."""

    def send_many(self, lane: str, messages: Sequence[JobMessage]) -> list[JobMessage]:
        """Send pointers without delay, in as few requests as possible; returns those the queue took."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What admitting, running and recovering jobs needs.

    `random` returns floats in [0, 1). `kinds` are the types of jobs that are run here.
    """

    store: JobStore
    dispatcher: Dispatcher
    clock: Clock
    new_id: NewId
    random: Callable[[], float]
    kinds: Kinds
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    timing: Timing = field(default_factory=Timing)
    active_jobs_per_org: int = 50
    tally: Tally = field(default_factory=Tally)
    sleep: Callable[[float], None] = time.sleep
    notes: Notes = field(default_factory=Notes)
    wants: Wants = field(default_factory=Wants)
