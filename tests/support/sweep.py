"""A crash at every call to the outside: AWS, the model, the platform.

A process that dies does so between two calls, or around one: before it took effect, or after it did and before
anybody learned of it. The saboteur counts the calls of one undisturbed run; then the same work is run once for each
call and each side of it, dying there, while the world around goes on as AWS does: messages come back, schedules and
callers try again, the reconciler runs. When everything is quiet it is judged.

What comes before a crash is the same as in the undisturbed run, so the crashing runs are forks of it.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
from moto import mock_aws

from functions.reconciler.recover import reconcile
from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel import aws
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.policy import RetryPolicy, Timing
from functions.shared.kernel.jobs.sqs import SqsDispatcher
from tests.support.aws import Cloud, make_cloud
from tests.support.clock import ManualClock
from tests.support.event_source import Consumer, count, poll
from tests.support.forks import Forks

_MANY_ROUNDS = 60


class Crash(BaseException):
    """The process died here. No `except Exception` sees it."""


class Lost(AssertionError):
    """Something that was accepted was not done."""


class Duplicated(AssertionError):
    """Something was done more often than it was asked for."""


class Stuck(AssertionError):
    """A job is active and will stay so."""


@dataclass
class Saboteur:
    """Forks two runs at each call that die there, once: before the call, or `after` it took effect."""

    forks: Forks = field(default_factory=Forks)
    at: int | None = None
    after: bool = False
    point: int = 0
    calls: int = 0
    is_resting: bool = False

    def watch(self, client: Any) -> None:
        """Count and sabotage a boto3 client's calls."""
        client.meta.events.register("before-call", self._before_aws, unique_id="sabotage-before")
        client.meta.events.register("after-call", self._after_aws, unique_id="sabotage-after")

    def unwatch(self, client: Any) -> None:
        client.meta.events.unregister("before-call", unique_id="sabotage-before")
        client.meta.events.unregister("after-call", unique_id="sabotage-after")

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """Make a call to the outside that is not AWS's."""
        self.before(name)
        result = call()
        self.passed()
        return result

    def before(self, name: str) -> None:
        if self.is_resting:
            return
        self.calls += 1
        self._fork_here(name)
        if not self.after:
            self._die_if_due()

    def passed(self) -> None:
        if self.after and not self.is_resting:
            self._die_if_due()

    def _fork_here(self, name: str) -> None:
        for after in (False, True):
            if self.forks.in_child:
                return
            if self.forks.fork(f"{'after' if after else 'before'} call {self.calls}, {name}"):
                self.at = self.point = self.calls
                self.after = after

    def _die_if_due(self) -> None:
        if self.calls == self.at:
            self.at = None
            raise Crash

    def _before_aws(self, model: Any, **_: Any) -> None:
        self.before(model.name)

    def _after_aws(self, **_: Any) -> None:
        self.passed()


@dataclass
class World:
    """A deployment on moto: one engine on a manual clock, and a consumer for each lane."""

    cloud: Cloud
    clock: ManualClock
    engine: Engine
    saboteur: Saboteur
    poller: Any
    consumers: Mapping[str, Consumer] = field(default_factory=dict)
    crashes: int = 0

    def survive(self, work: Callable[[], Any]) -> Any:
        """Do the work as something that tries again when the process dies: a schedule, a caller."""
        while True:
            try:
                return work()
            except Crash:
                self.crashes += 1

    def settle(self) -> None:
        """Deliver messages and let time pass until there is nothing left to do; nothing dies from then on."""
        for _ in range(_MANY_ROUNDS):
            busy = [self._drain(lane, consumer) for lane, consumer in self.consumers.items()]
            if not any(busy) and not self.active():
                self.saboteur.is_resting = True  # what follows is the judgement
                return
            self.clock.advance(seconds=45)
            self.survive(lambda: reconcile(engine=self.engine))
        raise Stuck(f"never quiet: {self.active()}")

    def jobs(self) -> list[Job]:
        """Every job, read by the test and not by a process that may die."""
        was_resting, self.saboteur.is_resting = self.saboteur.is_resting, True
        found = self.engine.store.newest("acme", limit=500)[0]
        self.saboteur.is_resting = was_resting
        return found

    def active(self) -> list[Job]:
        return [job for job in self.jobs() if not job.status.is_terminal]

    def _drain(self, lane: str, consumer: Consumer) -> bool:
        url = self.cloud.queue_urls[lane]
        was_busy = False
        while True:
            try:
                if not poll(url, consumer, client=self.poller, on_crash=self._gone):
                    return was_busy
                was_busy = True
            except Crash:
                self.crashes += 1
                return True

    def _gone(self, queue_url: str, receipt_handle: str) -> None:
        """A message whose worker died comes back at once, or not for half an hour: recovery must not need it."""
        if (self.saboteur.point // 2 + self.crashes) % 2:
            self.poller.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=0)

    def dead_letters(self) -> int:
        return sum(count(url) for url in self.cloud.dead_letter_urls.values())


Scenario = Callable[[World], None]
"""Does the work (surviving crashes), settles the world and judges it."""


@contextmanager
def world(saboteur: Saboteur) -> Iterator[World]:
    """A fresh deployment whose clients the saboteur watches once it is set up."""
    with mock_aws():
        cloud = make_cloud()
        clock = ManualClock()
        engine = Engine(
            store=DynamoJobStore("jobs", aws.dynamodb, clock),
            dispatcher=SqsDispatcher(cloud.queue_urls, aws.sqs),
            clock=clock,
            new_id=new_id,
            random=lambda: 0.0,
            kinds=KINDS,
            policy=RetryPolicy((timedelta(), timedelta(), timedelta())),
            # A run pauses in real time while its forks run: no heartbeat may come between.
            timing=Timing(heartbeat=timedelta(hours=1)),
        )
        for client in clients():
            saboteur.watch(client)
        try:
            yield World(cloud, clock, engine, saboteur, poller=boto3.client("sqs"))
        finally:
            for client in clients():
                saboteur.unwatch(client)


@dataclass(frozen=True)
class Survey:
    """What came of a sweep: the points where a run died, and what was wrong in the end, by point."""

    points: int
    wrong: Mapping[str, str]

    def count(self, kind: type[AssertionError]) -> int:
        """At how many points this kind of harm was done."""
        return sum(harm.startswith(f"{kind.__name__}: ") for harm in self.wrong.values())


def survey(scenario: Scenario) -> Survey:
    """Run the scenario undisturbed, and with a crash at each of its calls."""
    saboteur = Saboteur()
    forks = saboteur.forks
    try:
        with world(saboteur) as here:
            scenario(here)
    except BaseException as error:
        if forks.in_child:
            forks.leave(f"{type(error).__name__}: {error}")
        raise
    finally:
        if forks.in_child:
            forks.leave("" if saboteur.at is None else "the crash never came")
        forks.wait()
    wrong = {point: harm for point, harm in forks.reports.items() if harm}
    return Survey(points=len(forks.reports), wrong=wrong)


def sweep(scenario: Scenario) -> int:
    """How many points there were; raises AssertionError when anything was wrong after a crash at one of them."""
    found = survey(scenario)
    assert not found.wrong, "\n".join(f"a crash {point}: {harm}" for point, harm in found.wrong.items())
    return found.points


def expect_once(found: Iterable[Hashable], expected: Iterable[Hashable]) -> None:
    """Raise Lost or Duplicated unless each of the expected is there, once, and nothing else."""
    missing = Counter(expected)
    missing.subtract(found)
    if any(number > 0 for number in missing.values()):
        raise Lost(str(+missing))
    if any(number < 0 for number in missing.values()):
        raise Duplicated(str(-missing))


def clients() -> list[Any]:
    """The product's own clients, made once and watched in each run."""
    return [aws.dynamodb(), aws.sqs(), aws.s3()]
