"""The state machine under every order of events: no illegal transition, nothing lost, no effect doubled."""

from collections import Counter
from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from functions.api.jobs.change import cancel, retry
from functions.reconciler.recover import reconcile
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryDispatcher, MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.jobs.run import Delivery, run
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.notifications.model import Notification
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine

QUEUED, PROCESSING = JobStatus.QUEUED, JobStatus.PROCESSING
COMPLETED, FAILED, CANCELLED = JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED
LEGAL = {
    (QUEUED, PROCESSING),
    (QUEUED, CANCELLED),
    (PROCESSING, COMPLETED),
    (PROCESSING, FAILED),
    (PROCESSING, CANCELLED),
    (PROCESSING, QUEUED),
    (FAILED, QUEUED),
    (CANCELLED, QUEUED),
}


class Killed(BaseException):
    """The worker's process is gone."""


class WatchedStore(MemoryJobStore):
    """Refuses transitions the diagram does not have and attempts that go back; counts completions."""

    def __init__(self) -> None:
        super().__init__()
        self.completions: Counter[str] = Counter()

    def settle(self, before: Job, after: Job, *, also: Notification | None = None) -> None:
        stored = self.jobs[before.org_id, before.job_id]
        super().settle(before, after, also=also)
        assert (stored.status, after.status) in LEGAL, f"{stored.status} -> {after.status}"
        assert after.attempt >= stored.attempt
        requeued = (stored.status, after.status) == (PROCESSING, QUEUED)
        assert not (requeued and stored.cancel_requested), "a job to be cancelled is queued again"
        self.completions[after.job_id] += after.status is COMPLETED


class Deployment:
    """An engine whose worker does as told: complete, fail in any way, or die."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        base = memory_engine(clock=self.clock)
        self.store = WatchedStore()
        self.dispatcher = MemoryDispatcher()
        self.engine = Engine(
            self.store, self.dispatcher, self.clock, base.new_id, base.random, base.kinds, sleep=lambda seconds: None
        )
        self.ends: list[BaseException | None] = []

    def submit(self) -> Job:
        return submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=self.engine)

    def deliver(self, message: JobMessage, end: BaseException | None, meanwhile: str = "nothing") -> None:
        def work(job: Job, context: JobContext) -> Mapping[str, Any]:
            self.happen_meanwhile(meanwhile, job, context)
            if end is not None:
                raise end
            return {}

        delivery = Delivery(message_id=f"sqs-{message.token}")
        try:
            run(message, delivery, handlers={JobType.GENERATE_CONTENT: work}, engine=self.engine)
        except Killed:
            return

    def happen_meanwhile(self, what: str, job: Job, context: JobContext) -> None:
        """What others do while a worker is at the job."""
        if what == "cancelled":
            cancel("acme", job.job_id, engine=self.engine)
        elif what == "heartbeat":
            context.beat()
        elif what == "delivered again":
            self.deliver(self.message_of(job), None)
        elif what == "given up for lost and done by another":
            self.clock.advance(seconds=61)
            reconcile(engine=self.engine)
            self.deliver(self.message_of(self.store.jobs["acme", job.job_id]), None)

    def message_of(self, job: Job) -> JobMessage:
        return JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)

    def settle_down(self) -> None:
        """Deliver what was sent, oldest first, and let time pass until every job is over."""
        for _ in range(200):
            pending, self.dispatcher.sent = self.dispatcher.sent, []
            for _, message, delay in pending:
                if delay:
                    self.clock.advance(seconds=delay)
                self.deliver(message, None)
            if all(job.status.is_terminal for job in self.store.jobs.values()):
                return
            self.clock.advance(seconds=61)
            reconcile(engine=self.engine)
        raise AssertionError("a job is stuck")

    def ends_of(self, name: str) -> BaseException | None:
        return {
            "completes": None,
            "transient": TransientError("down"),
            "permanent": PermanentError("no"),
            "unknown": OutcomeUnknown("who knows"),
            "limited": RateLimited("later", retry_at=self.clock()),
            "surprise": ZeroDivisionError(),
            "dies": Killed(),
        }[name]


ENDS = ("completes", "transient", "permanent", "unknown", "limited", "surprise", "dies")


MEANWHILE = ("nothing", "cancelled", "heartbeat", "delivered again", "given up for lost and done by another")


class JobMachine(RuleBasedStateMachine):
    """Any number of jobs, with every message delivered any number of times, in any order."""

    jobs: Bundle[Job] = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.world = Deployment()
        self.seen: list[JobMessage] = []

    @rule(target=jobs, number=st.integers(1, 3))
    def submit(self, number: int) -> Any:
        return multiple(*(self.world.submit() for _ in range(number)))

    @rule(which=st.integers(0, 50), end=st.sampled_from(ENDS), meanwhile=st.sampled_from(MEANWHILE))
    def deliver(self, which: int, end: str, meanwhile: str) -> None:
        self.seen += [message for _, message, _ in self.world.dispatcher.sent]
        self.world.dispatcher.sent.clear()
        if self.seen:
            self.world.deliver(self.seen[which % len(self.seen)], self.world.ends_of(end), meanwhile)

    @rule(seconds=st.sampled_from([1, 20, 61, 301, 901, 4000]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds=seconds)

    @rule()
    def reconcile(self) -> None:
        reconcile(engine=self.world.engine)

    @rule(job=jobs)
    def cancel(self, job: Job) -> None:
        try:
            cancel("acme", job.job_id, engine=self.world.engine)
        except StateForbids:
            assert self.world.store.jobs["acme", job.job_id].status.is_terminal

    @rule(job=jobs)
    def retry(self, job: Job) -> None:
        try:
            retry("acme", job.job_id, engine=self.world.engine)
        except FlywheelError:
            return

    @rule(job=consumes(jobs))
    def forget(self, job: Job) -> None:
        """Look at other jobs from here on."""

    @invariant()
    def no_job_completes_twice(self) -> None:
        assert max(self.world.store.completions.values(), default=0) <= 1

    def teardown(self) -> None:
        self.world.dispatcher.sent += [("content", message, 0) for message in self.seen]
        self.world.settle_down()
        self.no_job_completes_twice()


TestJobMachine = JobMachine.TestCase
TestJobMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)

EVENTS = ("deliver", "overtaken", "die", "cancel", "reconcile a minute later", "retry")


@pytest.mark.parametrize("first", EVENTS)
def test_every_order_of_a_jobs_events_ends_it_once(first: str) -> None:
    for order in permutations([event for event in EVENTS if event != first]):
        world = Deployment()
        job = world.submit()
        message = world.dispatcher.sent[0][1]
        for event in (first, *order):
            happen(event, world, job, message)
        world.settle_down()
        assert world.store.completions[job.job_id] <= 1, order
        assert world.store.jobs["acme", job.job_id].status in (COMPLETED, CANCELLED), order


def happen(event: str, world: Deployment, job: Job, message: JobMessage) -> None:
    if event == "deliver":
        world.deliver(message, None)
    elif event == "overtaken":
        world.deliver(message, None, meanwhile="given up for lost and done by another")
    elif event == "die":
        world.deliver(message, Killed())
    elif event.startswith("reconcile"):
        world.clock.advance(seconds=61)
        reconcile(engine=world.engine)
    else:
        try:
            (cancel if event == "cancel" else retry)("acme", job.job_id, engine=world.engine)
        except StateForbids:
            return
