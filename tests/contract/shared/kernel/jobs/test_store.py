"""One suite over the job store in memory and on DynamoDB: how jobs get in, with their slots and keys."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.store import (
    ADMIT_AT_ONCE,
    Admission,
    DuplicateJob,
    DuplicateKey,
    IdempotencyKey,
    JobStore,
    Refused,
    SlotTaken,
)
from tests.support.clock import ManualClock
from tests.support.job_stores import TIMING, a_job, claimed, opened


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[JobStore]:
    with opened(request.param, clock) as store:
        yield store


@pytest.fixture
def job(clock: ManualClock) -> Job:
    return a_job(clock, "1")


def test_an_admitted_job_is_read_back_whole(store: JobStore, job: Job) -> None:
    store.admit(job)
    assert store.get("acme", "1") == job


def test_every_field_survives_storing(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    clock.advance(seconds=3)
    again = transitions.retried(
        held, now=clock(), reason="bad weather", not_before=clock() + timedelta(minutes=1), timing=TIMING
    )
    store.settle(held, again)
    assert store.get("acme", "1") == again


def test_another_organisations_job_is_not_found(store: JobStore, job: Job) -> None:
    store.admit(job)
    assert store.get("other", "1") is None


def test_the_same_job_is_admitted_once(store: JobStore, job: Job) -> None:
    store.admit(job)
    with pytest.raises(DuplicateJob):
        store.admit(replace(job, reason="a second one"))
    assert store.get("acme", "1") == job


def test_a_slot_holds_one_job_and_nothing_of_the_second_is_stored(
    store: JobStore, job: Job, clock: ManualClock
) -> None:
    store.admit(replace(job, slot=7))
    with pytest.raises(SlotTaken):
        store.admit(a_job(clock, "2", slot=7))
    assert store.used_slots("acme") == {7: "1#1"}
    assert store.get("acme", "2") is None


def test_a_repeated_key_names_the_first_job(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(replace(job, slot=1), key=IdempotencyKey("k", "print"))
    with pytest.raises(DuplicateKey) as caught:
        store.admit(a_job(clock, "2", slot=2), key=IdempotencyKey("k", "print"))
    assert (caught.value.job_id, caught.value.fingerprint) == ("1", "print")
    assert store.used_slots("acme") == {1: "1#1"}
    with pytest.raises(DuplicateKey):
        store.refuse_duplicate("acme", IdempotencyKey("k", "other"))
    store.refuse_duplicate("other", IdempotencyKey("k", "print"))


def test_a_slot_is_taken_over_only_as_its_last_holder_left_it(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(replace(job, slot=3))
    store.admit(a_job(clock, "2", slot=3), slot_left_by="1#1")
    assert store.used_slots("acme") == {3: "2#1"}
    with pytest.raises(SlotTaken):
        store.admit(a_job(clock, "3", slot=3), slot_left_by="1#1")
    assert store.get("acme", "3") is None


def test_a_restart_takes_a_slot_again(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    over = transitions.cancelled(job, now=clock())
    store.replace(job, over)
    store.admit(a_job(clock, "2", slot=0))
    with pytest.raises(SlotTaken):
        store.replace(over, transitions.restarted(over, now=clock(), slot=0, timing=TIMING))
    store.replace(over, transitions.restarted(over, now=clock(), slot=1, timing=TIMING))
    assert store.used_slots("acme") == {0: "2#1", 1: "1#2"}


def test_jobs_are_admitted_together_with_slots_and_keys(store: JobStore, clock: ManualClock) -> None:
    key = IdempotencyKey("a", "body")
    jobs = [a_job(clock, str(number), slot=number, tags=("spring",)) for number in range(ADMIT_AT_ONCE)]
    store.admit_all([Admission(job, key if job.slot == 0 else None) for job in jobs])
    assert store.get_many("acme", [job.job_id for job in jobs]) == jobs
    assert len(store.used_slots("acme")) == ADMIT_AT_ONCE
    known = store.known_keys("acme", [key, IdempotencyKey("b", "body")])
    assert {name: (found.job_id, found.fingerprint) for name, found in known.items()} == {"a": ("0", "body")}


def test_of_several_admissions_none_is_written_when_one_is_refused(store: JobStore, clock: ManualClock) -> None:
    store.admit(a_job(clock, "1", slot=7))
    taken = [Admission(a_job(clock, "2", slot=8)), Admission(a_job(clock, "3", slot=7))]
    with pytest.raises(Refused):
        store.admit_all(taken)
    assert store.get("acme", "2") is None
    assert set(store.used_slots("acme")) == {7}
