"""A first claim, in one write, by every job store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.store import JobStore
from tests.support.clock import ManualClock
from tests.support.job_stores import TIMING, a_job, claimed, opened


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[JobStore]:
    with opened(request.param, clock) as store:
        yield store


def _claim(store: JobStore, clock: ManualClock, owner: str = "worker") -> Job | None:
    return store.claim_first("acme", "1", at=clock(), owner=owner, timing=TIMING)


@pytest.mark.parametrize("changes", [{}, {"tags": ("tea",), "quiet": True, "slot": 3, "progress": "soon"}])
def test_a_first_claim_stores_what_reading_and_replacing_would(
    store: JobStore, clock: ManualClock, changes: dict[str, Any]
) -> None:
    job = a_job(clock, "1", dispatched_at=clock(), **changes)
    store.admit(job)
    clock.advance(seconds=20)
    assert _claim(store, clock) == job
    assert store.get("acme", "1") == claimed(job, clock)


def test_a_delayed_job_is_taken_when_it_may_run_and_not_a_moment_before(store: JobStore, clock: ManualClock) -> None:
    at = clock() + timedelta(minutes=3)
    job = a_job(clock, "1", not_before=at, due_at=at + TIMING.dispatch_grace)
    store.admit(job)
    clock.advance(seconds=179)
    assert _claim(store, clock) is None
    assert store.get("acme", "1") == job
    clock.advance(seconds=1)
    assert _claim(store, clock) == job
    assert store.get("acme", "1") == claimed(job, clock)


def test_only_one_of_two_workers_claims_a_job(store: JobStore, clock: ManualClock) -> None:
    store.admit(a_job(clock, "1"))
    assert _claim(store, clock, "first") is not None
    assert _claim(store, clock, "second") is None
    stored = store.get("acme", "1")
    assert stored is not None
    assert stored.owner == "first"


@pytest.mark.parametrize("made", ["retried", "failed", "cancelled", "restarted", "put off", "missing"])
def test_nothing_else_is_taken_or_changed(store: JobStore, clock: ManualClock, made: str) -> None:
    job, now = a_job(clock, "1"), clock()
    held = claimed(job, clock)
    failed = transitions.failed(job, now=now, reason="no")
    stored = {
        "retried": transitions.retried(held, now=now, reason="busy", not_before=now, timing=TIMING),
        "failed": failed,
        "cancelled": transitions.cancelled(job, now=now),
        "restarted": transitions.restarted(failed, now=now, slot=None, timing=TIMING),
        "put off": replace(job, due_at=now + TIMING.lease + timedelta(seconds=1)),
    }.get(made)
    if stored is not None:
        store.admit(stored)
    assert _claim(store, clock) is None
    assert store.get("acme", "1") == stored


def test_a_mark_that_is_taken_back_leaves_the_job_as_it_was_unsent(store: JobStore, clock: ManualClock) -> None:
    job = a_job(clock, "1", dispatched_at=clock())
    store.admit(job)
    store.mark_unsent(job)
    assert store.get("acme", "1") == replace(job, dispatched_at=None)
    assert _claim(store, clock) is not None
    store.mark_unsent(job)
    stored = store.get("acme", "1")
    assert stored is not None
    assert stored.status is JobStatus.PROCESSING
