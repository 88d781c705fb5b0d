"""The organisation's cap: exact, and never leaking."""

from dataclasses import replace

import pytest

from functions.api.jobs.change import cancel, retry
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.refusals import CapReached
from functions.shared.kernel.jobs.slots import free_slot
from functions.shared.kernel.jobs.store import SlotTaken
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine

CAP = 4


@pytest.fixture
def engine(clock: ManualClock) -> Engine:
    return memory_engine(clock=clock, active_jobs_per_org=CAP)


def submitted(engine: Engine) -> Job:
    return submit(Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)


def end(job: Job, engine: Engine) -> None:
    stored = engine.store.get(job.org_id, job.job_id)
    assert stored is not None
    engine.store.settle(stored, transitions.failed(stored, now=engine.clock(), reason="no"))


def test_a_job_that_ends_frees_its_slot_without_a_write_of_its_own(engine: Engine) -> None:
    for _ in range(3 * CAP):
        end(submitted(engine), engine)
    assert len(engine.store.used_slots("acme")) == CAP


def test_exactly_the_cap_is_admitted_whatever_ended_before(engine: Engine) -> None:
    jobs = [submitted(engine) for _ in range(CAP)]
    for job in jobs[1:3]:
        end(job, engine)
    for _ in range(2):
        submitted(engine)
    with pytest.raises(CapReached) as caught:
        submitted(engine)
    assert (caught.value.active, caught.value.limit) == (CAP, CAP)


def test_a_job_retried_by_hand_holds_a_slot_again(engine: Engine) -> None:
    job = submitted(engine)
    cancel("acme", job.job_id, engine=engine)
    for _ in range(CAP - 1):
        submitted(engine)
    retry("acme", job.job_id, engine=engine)
    with pytest.raises(CapReached):
        submitted(engine)


def test_a_slot_whose_holder_came_back_in_between_cannot_be_taken(engine: Engine) -> None:
    jobs = [submitted(engine) for _ in range(CAP)]
    end(jobs[0], engine)
    seen = free_slot("acme", engine=engine)
    retry("acme", jobs[0].job_id, engine=engine)
    store = engine.store
    assert isinstance(store, MemoryJobStore)
    newcomer = replace(jobs[0], job_id="newcomer", slot=seen.number)
    with pytest.raises(SlotTaken):
        store.admit(newcomer, slot_left_by=seen.left_by)


def test_one_organisations_jobs_leave_anothers_slots_alone(engine: Engine) -> None:
    for _ in range(CAP):
        submitted(engine)
    submit(Submission("other", JobType.GENERATE_CONTENT, {"topic": "tea"}), engine=engine)
