"""One suite over the job store in memory and on DynamoDB: whose change of a job is taken, and what it leaves."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import boto3
import pytest

from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.announce import completion
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.store import Conflict, JobStore
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.model import SUCCESSES, NotificationKind
from functions.shared.kernel.notifications.notify import notification_of
from functions.shared.kernel.notifications.store import NotificationStore
from tests.support.clock import ManualClock
from tests.support.job_stores import TIMING, a_job, claimed, opened
from tests.support.notices import want


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[JobStore]:
    with opened(request.param, clock) as store:
        yield store


@pytest.fixture
def job(clock: ManualClock) -> Job:
    return a_job(clock, "1")


def notifications_of(store: JobStore, clock: ManualClock) -> NotificationStore:
    """Where this job store's notifications are."""
    if isinstance(store, MemoryJobStore):
        return store.notifications
    return DynamoNotificationStore("jobs", partial(boto3.client, "dynamodb"), clock)


def test_only_one_of_two_claims_of_the_same_attempt_succeeds(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    store.replace(job, claimed(job, clock, "first"))
    with pytest.raises(Conflict):
        store.replace(job, claimed(job, clock, "second"))
    stored = store.get("acme", "1")
    assert stored is not None
    assert stored.owner == "first"


def test_a_worker_whose_job_was_recovered_can_write_nothing(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    clock.advance(minutes=2)
    recovered = transitions.recovered(held, now=clock(), timing=TIMING)
    store.replace(held, recovered)
    with pytest.raises(Conflict):
        store.settle(held, transitions.completed(held, now=clock(), result={}))
    with pytest.raises(Conflict):
        store.beat(held, lease_until=clock() + TIMING.lease, progress=None)
    assert store.get("acme", "1") == recovered


def test_a_recovery_loses_against_a_heartbeat_that_came_first(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    clock.advance(seconds=59)
    assert store.beat(held, lease_until=clock() + TIMING.lease, progress="half") is False
    with pytest.raises(Conflict):
        store.replace(held, transitions.recovered(held, now=clock(), timing=TIMING))
    stored = store.get("acme", "1")
    assert stored is not None
    assert (stored.status, stored.progress) == (JobStatus.PROCESSING, "half")


def test_a_cancellation_is_heard_at_the_next_heartbeat_and_never_overwritten(
    store: JobStore, job: Job, clock: ManualClock
) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    store.request_cancel(held)
    assert store.beat(held, lease_until=clock() + TIMING.lease, progress=None) is True
    with pytest.raises(Conflict):
        store.settle(held, transitions.completed(held, now=clock(), result={}))


def test_a_job_that_is_not_processing_cannot_be_asked_to_stop(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    with pytest.raises(Conflict):
        store.request_cancel(claimed(job, clock))


def test_dispatch_marks_and_postponements_do_not_touch_a_job_that_moved_on(
    store: JobStore, job: Job, clock: ManualClock
) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    store.mark_dispatched(job, at=clock())
    store.postpone(job, due_at=clock() + timedelta(days=1))
    assert store.get("acme", "1") == held


def test_a_failure_leaves_exactly_one_notification(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    failed = transitions.failed(held, now=clock(), reason="the topic is empty")
    store.settle(held, failed)
    with pytest.raises(Conflict):
        store.settle(held, failed)
    (notice,) = notifications_of(store, clock).newest("acme")[0]
    assert (notice.kind, notice.reason) == ("job.failed", "the topic is empty")
    assert notice.retry_url == "/api/jobs/1/retry"
    assert notifications_of(store, clock).unread_count("acme") == 1


def test_each_failure_of_a_restarted_job_is_told(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    for _ in range(2):
        failed = transitions.failed(job, now=clock(), reason="no")
        store.replace(job, failed)
        clock.advance(seconds=1)
        job = transitions.restarted(failed, now=clock(), slot=None, timing=TIMING)
        store.replace(failed, job)
    assert notifications_of(store, clock).unread_count("acme") == 2


def test_a_conflict_or_another_end_leaves_no_notification(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    with pytest.raises(Conflict):
        store.replace(job, transitions.failed(job, now=clock(), reason="too late"))
    store.settle(held, transitions.completed(held, now=clock(), result={}))
    assert notifications_of(store, clock).newest("acme") == ([], None)


def test_what_is_told_of_a_success_is_stored_with_it_or_not_at_all(
    store: JobStore, job: Job, clock: ManualClock
) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    after = transitions.completed(held, now=clock(), result={})
    notice = notification_of(completion(after))
    lost = a_job(clock, "1", attempt=7)
    with pytest.raises(Conflict):
        store.settle(lost, transitions.completed(lost, now=clock(), result={}), also=notice)
    assert notifications_of(store, clock).newest("acme")[0] == []
    store.settle(held, after, also=notice)
    assert notifications_of(store, clock).newest("acme")[0] == [notice]
    assert notifications_of(store, clock).unread_count("acme") == 0
    assert notice.read_at == notice.created_at


def test_what_webhooks_want_is_read_from_the_settings(store: JobStore, clock: ManualClock) -> None:
    notices = notifications_of(store, clock)
    assert store.wanted("acme") == frozenset()
    want(notices, clock, *NotificationKind)
    assert store.wanted("acme") == SUCCESSES
    assert store.wanted("rival") == frozenset()
    before = notices.preferences("acme")
    off = before.webhooks[0].model_copy(update={"switched_off_at": clock()})
    notices.save_preferences("acme", before, before.model_copy(update={"webhooks": (off,)}))
    assert store.wanted("acme") == frozenset()


def test_a_notification_is_told_once(store: JobStore, job: Job, clock: ManualClock) -> None:
    notice = notification_of(completion(job))
    assert store.tell(notice) is True
    assert store.tell(notice) is False
    assert notifications_of(store, clock).newest("acme")[0] == [notice]
