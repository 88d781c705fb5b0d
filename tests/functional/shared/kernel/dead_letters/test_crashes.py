"""One failed job is one dead letter, whatever call its worker dies at, and whenever that worker's message returns."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.model import JobStatus
from tests.support.sweep import World, sweep

pytestmark = pytest.mark.usefixtures("fresh_clients")


def one_dead_letter(world: World, error: Exception, *, late: bool) -> None:
    """A job that cannot be done; messages of dead workers come back at once, or `late`, when all else is over."""
    hidden: list[tuple[str, str]] = []

    def gone(queue_url: str, receipt_handle: str) -> None:
        hidden.append((queue_url, receipt_handle))
        if not late:
            come_back()

    def come_back() -> None:
        while hidden:
            queue_url, handle = hidden.pop()
            with suppress(world.poller.exceptions.ReceiptHandleIsInvalid):  # it came back by itself
                world.poller.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=handle, VisibilityTimeout=0)

    def refuse(*_: Any) -> Any:
        raise error

    world._gone = gone  # type: ignore[method-assign]
    world.consumers = {"content": partial(consume, handlers={JobType.GENERATE_CONTENT: refuse}, engine=world.engine)}
    submission = Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}, idempotency_key="tea-1")
    world.survive(lambda: submit(submission, engine=world.engine))
    world.settle()
    come_back()
    world.settle()
    (job,) = world.jobs()
    assert job.status is JobStatus.FAILED
    assert world.dead_letters() == 1


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("error", [PermanentError("the topic is empty"), TransientError("the model is down")])
def test_a_failed_job_is_one_dead_letter_whatever_call_its_worker_dies_at(error: Exception, late: bool) -> None:
    assert sweep(partial(one_dead_letter, error=error, late=late)) > 20
