"""A message that waits is left alone; one whose turn has come and gone is sent again."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from functions.reconciler.recover import reconcile
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.run import Delivery, run
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine

MINUTE = timedelta(minutes=1)


@dataclass
class Lane:
    """The content lane: its messages in order, the reconciler each minute, and workers that take the first ones."""

    clock: ManualClock
    queue: list[JobMessage] = field(default_factory=list)
    sends: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    ended_at: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        object.__setattr__(self.engine, "dispatcher", self)

    def send(self, lane: str, message: JobMessage, *, delay_seconds: int) -> None:
        self.sends[message.job_id] += 1
        self.queue.append(message)

    def send_many(self, lane: str, messages: list[JobMessage]) -> list[JobMessage]:
        raise AssertionError("not used here")

    def plan(self, number: int, org_id: str = "acme") -> list[str]:
        jobs = []
        for _ in range(number):
            job, _ = plan(Submission(org_id, JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=self.engine)
            jobs.append(job.job_id)
            self.clock.advance(milliseconds=5)
        return jobs

    def lose(self, job_id: str) -> None:
        """A worker takes the message and dies before its claim."""
        self.queue = [message for message in self.queue if message.job_id != job_id]

    def work(self, number: int, *, only: str | None = None) -> None:
        some = [message for message in self.queue if only in (None, message.org_id)][:number]
        self.queue = [message for message in self.queue if message not in some]
        for message in some:
            run(message, Delivery("sqs"), handlers={JobType.GENERATE_CONTENT: self._ran}, engine=self.engine)

    def _ran(self, job: object, context: object) -> dict[str, str]:
        job_id = getattr(job, "job_id", "")
        self.runs[job_id] += 1
        self.ended_at[job_id] = self.clock()
        return {}

    def minute(self, a_minute: int) -> None:
        self.work(a_minute)
        reconcile(engine=self.engine, horizon=MINUTE, waiting={"content": len(self.queue)})
        self.clock.advance(minutes=1)

    def is_done(self, jobs: list[str]) -> bool:
        return all(job_id in self.ended_at for job_id in jobs)


@pytest.fixture
def lane(clock: ManualClock) -> Lane:
    return Lane(clock)


@pytest.mark.parametrize("jobs", [250, 600])
def test_a_backlog_that_merely_waits_is_not_sent_again(lane: Lane, jobs: int) -> None:
    planned = lane.plan(jobs)
    while not lane.is_done(planned):
        lane.minute(18)
    assert lane.sends.total() <= 1.1 * jobs
    assert set(lane.runs.values()) == {1}


def test_of_a_backlog_that_comes_in_as_fast_as_it_is_worked_off_none_is_sent_again(lane: Lane) -> None:
    planned = lane.plan(60)
    for _ in range(60):
        planned += lane.plan(18)
        lane.minute(18)
    while not lane.is_done(planned):
        lane.minute(18)
    assert lane.sends.total() <= 1.1 * len(planned)


@pytest.mark.parametrize("waiting_before", [0, 200])
def test_a_lost_message_runs_again_when_its_turn_would_have_come(lane: Lane, waiting_before: int) -> None:
    lane.plan(waiting_before)
    (lost,) = lane.plan(1)
    lane.lose(lost)
    its_turn = lane.clock() + MINUTE * (waiting_before / 18)
    planned = [lost]
    while not lane.is_done([lost]):
        planned += lane.plan(18)  # the lane is never empty
        lane.minute(18)
        assert lane.clock() < its_turn + timedelta(hours=3), "never sent again"
    late = lane.ended_at[lost] - its_turn
    # Its new message waits for its turn like any other that was sent then.
    assert late <= MINUTE * (waiting_before / 18) + timedelta(minutes=18)
    assert lane.sends.total() <= 1.1 * (len(planned) + waiting_before) + 1


def test_a_lost_message_of_an_empty_lane_runs_again_within_two_minutes(lane: Lane) -> None:
    (lost,) = lane.plan(1)
    lane.lose(lost)
    began = lane.clock()
    while not lane.is_done([lost]):
        lane.minute(18)
    assert lane.ended_at[lost] - began <= timedelta(minutes=2)


def test_an_organisation_that_fair_queues_let_wait_is_not_sent_again(lane: Lane) -> None:
    noisy = lane.plan(300, "noisy")
    quiet: list[str] = []
    while not lane.is_done(noisy):
        quiet += lane.plan(3, "quiet")
        lane.work(3, only="quiet")
        lane.minute(10)
    assert lane.sends.total() <= 1.1 * (len(noisy) + len(quiet))


def test_long_runs_of_every_worker_send_nothing_again(lane: Lane) -> None:
    """Ten workers, each at a job for five minutes, while 40 others wait."""
    store = lane.engine.store
    lane.plan(50)
    while lane.queue:
        some, lane.queue = lane.queue[:10], lane.queue[10:]
        held = []
        for message in some:
            job = store.get("acme", message.job_id)
            assert job is not None
            after = transitions.claimed(job, now=lane.clock(), owner="worker", timing=lane.engine.timing)
            store.replace(job, after)
            lane.engine.notes.note(job, "content", now=lane.clock(), store=store)
            held.append(after)
        for _ in range(5):
            reconcile(engine=lane.engine, horizon=MINUTE, waiting={"content": len(lane.queue)})
            lane.clock.advance(minutes=1)
            for job in held:
                store.beat(job, lease_until=lane.clock() + lane.engine.timing.lease, progress=None)
        for job in held:
            store.settle(job, transitions.completed(job, now=lane.clock(), result={}))
    assert lane.sends.total() <= 1.1 * 50


def test_one_message_sent_again_does_not_send_a_healthy_backlog_again(lane: Lane) -> None:
    """The first message of a job comes back from a dead worker after its second was sent: it dates nothing."""
    planned, lost = [], None
    for minute in range(90):
        planned += lane.plan(12)
        if minute == 10:
            lost = lane.queue.pop(0)
        if minute == 22 and lost is not None:
            lane.queue.insert(0, lost)  # its visibility timeout is over
        lane.minute(6)
    while not lane.is_done(planned):
        lane.minute(6)
    assert lane.sends.total() <= len(planned) + 3
    assert set(lane.runs.values()) == {1}


def test_a_job_of_another_organisation_that_is_served_sooner_makes_nobody_look_silent(lane: Lane) -> None:
    many = lane.plan(300, "many")
    for _ in range(5):
        lane.minute(6)
    one = lane.plan(1, "one")
    lane.minute(6)
    lane.clock.advance(minutes=2)
    lane.work(1, only="one")
    while not lane.is_done(many + one):
        lane.minute(6)
    assert lane.sends.total() <= 1.1 * 301
