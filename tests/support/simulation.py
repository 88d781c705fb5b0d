"""A deployment on a virtual clock: the job engine's real code over a store in memory, simulated queues and workers.

Queues deliver at least once, delay, hide and dead-letter as SQS does, and are fair by message group: a group that had
more than a tenth of the recent processing time waits behind the others (SQS developer guide, "fair queues"). Workers
are as many as the event source allows. The reconciler runs every minute. A run of a job takes simulated seconds.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from functions.reconciler.recover import reconcile
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.run import Delivery, Verdict, run
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock

MAX_RECEIVE_COUNT = 5
NOISY_SHARE = 0.1
_RECENT = 200
_CLIENT_GIVES_UP_SECONDS = 3  # an AWS client tries four times, with pauses of 0.5, 1 and 2 s on average
_RECONCILE_EVERY = timedelta(minutes=1)
_VISIBILITY = timedelta(minutes=30)
_PATIENCE = timedelta(days=2)


class WorkerKilled(BaseException):
    """The worker's process is gone."""


@dataclass(order=True)
class Envelope:
    """A message in a queue."""

    visible_at: datetime
    number: int
    message: JobMessage = field(compare=False)
    receives: int = field(default=0, compare=False)


@dataclass
class Simulation:
    """One lane's life. `work` does a job and returns how many seconds it took."""

    work: Callable[[Job], float]
    workers: int = 10
    is_fair: bool = True
    clock: ManualClock = field(default_factory=ManualClock)
    store: MemoryJobStore = field(default_factory=MemoryJobStore)
    queue_is_down: Callable[[datetime], bool] = lambda now: False
    waits: dict[str, list[float]] = field(default_factory=dict)
    dead: list[JobMessage] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)
    _waiting: dict[str, list[Envelope]] = field(default_factory=dict)
    _busy_until: list[datetime] = field(default_factory=list)
    _recent: deque[str] = field(default_factory=lambda: deque(maxlen=_RECENT))
    _numbers: Any = field(default_factory=count)
    _seconds: float = 0.0
    sends: int = 0

    def engine(self, **changes: Any) -> Engine:
        return Engine(
            store=changes.pop("store", self.store),
            dispatcher=self,
            clock=self.clock,
            new_id=changes.pop("new_id", lambda now: f"{next(self._numbers):020d}"),
            random=lambda: 0.0,
            kinds=KINDS,
            sleep=lambda seconds: self.clock.advance(seconds=seconds),
            **changes,
        )

    def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
        """The dispatcher's port."""
        if self.queue_is_down(self.clock()):
            raise TransientError("the queue cannot be reached")
        visible_at = self.clock() + timedelta(seconds=delay_seconds)
        self.sends += 1
        self._put(Envelope(visible_at, next(self._numbers), message))

    def send_many(self, lane: str, messages: Sequence[JobMessage]) -> list[JobMessage]:
        """The dispatcher's port."""
        for message in messages:
            self.send(lane, message, delay_seconds=0)
        return list(messages)

    def run_until_quiet(self, engine: Engine) -> None:
        """Let time pass until every job is over."""
        started, next_tick = self.clock(), self.clock() + _RECONCILE_EVERY
        while any(not job.status.is_terminal for job in self.store.jobs.values()):
            assert self.clock() - started < _PATIENCE, "never quiet"
            while self.clock() < next_tick and self._step(engine, next_tick):
                pass
            self.clock.now = max(self.clock.now, next_tick)
            self._reconcile(engine)
            next_tick += _RECONCILE_EVERY

    def _reconcile(self, engine: Engine) -> None:
        try:
            heads = sum(queue[0].visible_at <= self.clock() for queue in self._waiting.values())
            reconcile(engine=engine, horizon=_RECONCILE_EVERY, waiting={"content": heads})
        except FlywheelError:
            return  # the next tick tries again, as on AWS

    def _step(self, engine: Engine, until: datetime) -> bool:
        """Deliver one message, or move to the next moment something happens before `until`; False when nothing does."""
        while self._busy_until and self._busy_until[0] <= self.clock():
            heapq.heappop(self._busy_until)
        envelope = self._next() if len(self._busy_until) < self.workers else None
        if envelope is not None:
            self._deliver(envelope, engine)
            return True
        moments = [queue[0].visible_at for queue in self._waiting.values() if queue[0].visible_at > self.clock()]
        moments += self._busy_until[:1]
        if not moments or min(moments) >= until:
            return False
        self.clock.now = min(moments)
        return True

    def _next(self) -> Envelope | None:
        ready = {group: queue for group, queue in self._waiting.items() if queue[0].visible_at <= self.clock()}
        if not ready:
            return None
        shares = Counter(self._recent) if self.is_fair else Counter()
        limit = NOISY_SHARE * max(len(self._recent), 1)
        group = min(ready, key=lambda group: (shares[group] > limit and shares[group], ready[group][0]))
        envelope = heapq.heappop(self._waiting[group])
        if not self._waiting[group]:
            del self._waiting[group]
        return envelope

    def _deliver(self, envelope: Envelope, engine: Engine) -> None:
        envelope.receives += 1
        if envelope.receives > MAX_RECEIVE_COUNT:
            self.dead.append(envelope.message)
            return
        self._seconds = 0.0
        delivery = Delivery(
            message_id=f"sqs-{envelope.message.token}",
            receive_count=envelope.receives,
            is_last=envelope.receives == MAX_RECEIVE_COUNT,
        )
        try:
            verdict = run(envelope.message, delivery, handlers={JobType.GENERATE_CONTENT: self._handle}, engine=engine)
        except WorkerKilled:
            self._hide(envelope, _VISIBILITY)
        except FlywheelError:
            self._seconds = _CLIENT_GIVES_UP_SECONDS
            self._hide(envelope, timedelta(seconds=10 * 2 ** (envelope.receives - 1)))
        else:
            if verdict is Verdict.DEAD_LETTER:
                self._hide(envelope, timedelta())
        if self._seconds:
            heapq.heappush(self._busy_until, self.clock() + timedelta(seconds=self._seconds))
            self._recent.append(envelope.message.org_id)

    def _handle(self, job: Job, context: JobContext) -> Mapping[str, Any]:
        runnable_at = job.created_at
        self.waits.setdefault(job.org_id, []).append((self.clock() - runnable_at).total_seconds())
        self._seconds = 0.001
        self._seconds = self.work(job)
        self.effects[job.job_id] += 1
        return {}

    def _hide(self, envelope: Envelope, wait: timedelta) -> None:
        envelope.visible_at = self.clock() + wait
        self._put(envelope)

    def _put(self, envelope: Envelope) -> None:
        heapq.heappush(self._waiting.setdefault(envelope.message.org_id, []), envelope)
