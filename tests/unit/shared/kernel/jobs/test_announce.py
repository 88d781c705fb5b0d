"""Events of success are made where somebody wants them, and nowhere else."""

from functools import partial
from typing import Any

import pytest

from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.announce import announce
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.memory import MemoryJobStore, memory_engine
from functions.shared.kernel.jobs.run import Delivery, run
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import SUCCESSES, NotificationKind
from functions.shared.kernel.notifications.notify import Event
from tests.support.clock import ManualClock
from tests.support.notices import want

COMPLETED = NotificationKind.JOB_COMPLETED


@pytest.fixture
def engine(clock: ManualClock) -> Engine:
    return memory_engine(KINDS, clock=clock)


def notices(engine: Engine) -> MemoryNotificationStore:
    assert isinstance(engine.store, MemoryJobStore)
    return engine.store.notifications


def done(engine: Engine, *, error: Exception | None = None) -> str:
    """A job that has run; its id."""

    def work(*_: Any) -> dict[str, Any]:
        if error is not None:
            raise error
        return {"variants": 4}

    job = submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)
    message = JobMessage(job_id=job.job_id, org_id="acme", attempt=1)
    run(message, Delivery(), handlers={JobType.GENERATE_CONTENT: work}, engine=engine)
    return job.job_id


def test_a_completed_job_is_told_where_somebody_wants_it(engine: Engine, clock: ManualClock) -> None:
    want(notices(engine), clock, COMPLETED)
    job_id = done(engine)
    (notice,) = notices(engine).newest("acme")[0]
    assert (notice.kind, notice.link) == (COMPLETED, f"/api/jobs/{job_id}")
    assert notice.details == {"job_id": job_id, "type": "GENERATE_CONTENT"}
    assert notice.due_at == notice.created_at == clock()
    assert notices(engine).unread_count("acme") == 0, "nobody has to read of a success"


@pytest.mark.parametrize("wanted", [(), (NotificationKind.PAGE_PUBLISHED,), (NotificationKind.JOB_FAILED,)])
def test_nothing_is_told_of_a_success_that_nobody_wants(
    engine: Engine, clock: ManualClock, wanted: tuple[NotificationKind, ...]
) -> None:
    if wanted:
        want(notices(engine), clock, *wanted)
    done(engine)
    assert notices(engine).newest("acme")[0] == []


def test_another_organisations_wish_is_not_ours(engine: Engine, clock: ManualClock) -> None:
    want(notices(engine), clock, COMPLETED, org_id="rival")
    done(engine)
    assert notices(engine).stored == {}


def test_a_failure_is_told_as_a_failure_only(engine: Engine, clock: ManualClock) -> None:
    want(notices(engine), clock, *SUCCESSES)
    done(engine, error=PermanentError("no"))
    assert [each.kind for each in notices(engine).newest("acme")[0]] == ["job.failed"]


def test_an_event_that_is_announced_again_by_another_run_is_one(engine: Engine, clock: ManualClock) -> None:
    kind = NotificationKind.PAGE_PUBLISHED
    want(notices(engine), clock, kind)
    event = Event("acme", "page-published:1", kind, clock(), "A page was published", "-", "-", "/api/content/1")
    make = partial(announce, "acme", kind, lambda: event, engine=engine)
    make()
    clock.advance(minutes=5)
    make()
    assert len(notices(engine).stored) == 1
