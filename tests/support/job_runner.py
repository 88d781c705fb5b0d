"""A job engine in memory with one type of job, whose work the test gives."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryDispatcher
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.run import Delivery, Handlers, Verdict, run
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine

TOPIC = {"topic": "tea"}


class Runner:
    """An engine with one type of job, whose work the test gives."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.engine: Engine = memory_engine(clock=clock, active_jobs_per_org=3)
        self.runs = 0
        self.work: Callable[[Job, JobContext], Mapping[str, Any]] = lambda job, context: {"done": True}

    @property
    def sent(self) -> list[tuple[str, JobMessage, int]]:
        assert isinstance(self.engine.dispatcher, MemoryDispatcher)
        return self.engine.dispatcher.sent

    def submit(self, **changes: Any) -> Job:
        return submit(Submission("acme", JobType.GENERATE_CONTENT, TOPIC, **changes), engine=self.engine)

    def deliver(self, message: JobMessage, **delivery: Any) -> Verdict:
        def handler(job: Job, context: JobContext) -> Mapping[str, Any]:
            self.runs += 1
            return self.work(job, context)

        handlers: Handlers = {JobType.GENERATE_CONTENT: handler}
        known = {"message_id": f"sqs-{message.token}"} | delivery
        return run(message, Delivery(**known), handlers=handlers, engine=self.engine)

    def deliver_last(self, **delivery: Any) -> Verdict:
        return self.deliver(self.sent[-1][1], **delivery)

    def stored(self, job: Job) -> Job:
        found = self.engine.store.get(job.org_id, job.job_id)
        assert found is not None
        return found

    def fail_with(self, error: Exception) -> None:
        def work(job: Job, context: JobContext) -> Mapping[str, Any]:
            raise error

        self.work = work
