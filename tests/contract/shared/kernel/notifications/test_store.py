"""One suite over the notification store in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import (
    Delivery,
    DeliveryState,
    Group,
    Notification,
    Preferences,
    Together,
    Try,
    Webhook,
)
from functions.shared.kernel.notifications.notify import notification_of, notify
from functions.shared.kernel.notifications.store import DueNotice, NoticeConflict, NotificationStore, notice_shards
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.notices import a_notice, an_event


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[NotificationStore]:
    if request.param == "memory":
        yield MemoryNotificationStore()
        return
    with mock_aws():
        make_tables()
        yield DynamoNotificationStore("jobs", partial(boto3.client, "dynamodb"), clock)


def all_due(store: NotificationStore, clock: ManualClock) -> list[DueNotice]:
    return [notice for shard in notice_shards() for notice in store.due(shard, until=clock(), limit=10)]


def several(store: NotificationStore, clock: ManualClock, count: int) -> list[str]:
    """So many notifications, a second apart; their ids, oldest first."""
    ids = []
    for number in range(count):
        notify(an_event(clock, f"event-{number}"), store=store)
        ids.append(a_notice(clock, f"event-{number}").notification_id)
        clock.advance(seconds=1)
    return ids


def test_an_event_is_told_once_however_often_and_late_it_is_reported(
    store: NotificationStore, clock: ManualClock
) -> None:
    assert notify(an_event(clock), store=store) is True
    clock.advance(hours=1)
    assert notify(an_event(clock), store=store) is False
    assert notify(an_event(clock, org_id="rival"), store=store) is True
    assert store.unread_count("acme") == 1
    told = store.told("acme", an_event(clock).event_id)
    assert told is not None
    assert told.notification_id == store.newest("acme")[0][0].notification_id
    assert store.told("acme", "another") is None


def test_a_notification_is_read_back_whole(store: NotificationStore, clock: ManualClock) -> None:
    notice = notification_of(an_event(clock))
    store.add(notice, event_id="e")
    assert store.get("acme", notice.notification_id) == notice
    assert store.get("rival", notice.notification_id) is None


def test_every_field_of_a_delivery_survives_storing(store: NotificationStore, clock: ManualClock) -> None:
    notice = a_notice(clock)
    store.add(notice, event_id="e")
    delivery = Delivery(
        channel="webhook",
        target="https://hooks.example/",
        webhook_id="1",
        state=DeliveryState.GIVEN_UP,
        attempts=4,
        first_at=clock(),
        tries=(Try(at=clock(), outcome="it answered 500", duration_ms=7),),
        resend_keys=("one",),
        next_at=clock(),
        reason="it answered 500",
        ended_at=clock(),
    )
    after = notice.model_copy(
        update={"deliveries": (delivery,), "claimed_until": clock() + timedelta(minutes=2), "version": 1, "claims": 1}
    )
    store.record(notice, after)
    assert store.get("acme", notice.notification_id) == after


def test_a_worker_that_was_overtaken_can_record_nothing(store: NotificationStore, clock: ManualClock) -> None:
    notice = a_notice(clock)
    store.add(notice, event_id="e")
    first = notice.model_copy(update={"version": 1, "due_at": None})
    store.record(notice, first)
    with pytest.raises(NoticeConflict):
        store.record(notice, notice.model_copy(update={"version": 1, "claims": 9}))
    assert store.get("acme", notice.notification_id) == first


def test_the_list_is_newest_first_and_paged_with_or_without_what_was_read(
    store: NotificationStore, clock: ManualClock
) -> None:
    ids = several(store, clock, 6)
    store.mark_read("acme", [ids[0], ids[4]], at=clock())
    for unread_only, expected in ((False, ids), (True, [ids[1], ids[2], ids[3], ids[5]])):
        found: list[str] = []
        before: str | None = None
        while True:
            page, before = store.newest("acme", unread_only=unread_only, limit=2, before=before)
            assert len(page) <= 2
            found += [notice.notification_id for notice in page]
            if before is None:
                break
        assert found == expected[::-1]


def test_reading_counts_once_and_survives_a_delivery_recorded_meanwhile(
    store: NotificationStore, clock: ManualClock
) -> None:
    notice = a_notice(clock)
    store.add(notice, event_id="e")
    assert store.unread_count("acme") == 1
    read_at = clock()
    for _ in range(2):
        store.mark_read("acme", [notice.notification_id, "none"], at=clock())
        clock.advance(minutes=1)
    store.record(notice, notice.model_copy(update={"version": 1, "due_at": None}))
    stored = store.get("acme", notice.notification_id)
    assert stored is not None
    assert (stored.read_at, stored.due_at) == (read_at, None)
    assert store.unread_count("acme") == 0


def test_what_is_due_is_found_until_it_is_done(store: NotificationStore, clock: ManualClock) -> None:
    notice = a_notice(clock)
    store.add(notice, event_id="e")
    (due,) = all_due(store, clock)
    assert due == DueNotice("acme", notice.notification_id, clock())
    store.postpone(due, due_at=clock() + timedelta(minutes=5))
    assert all_due(store, clock) == []
    clock.advance(minutes=5)
    (again,) = all_due(store, clock)
    store.record(notice, notice.model_copy(update={"version": 1, "due_at": None}))
    store.postpone(again, due_at=clock())
    assert all_due(store, clock) == []


def test_preferences_are_replaced_only_as_they_were_seen(store: NotificationStore, clock: ManualClock) -> None:
    empty = store.preferences("acme")
    assert empty == Preferences()
    webhook = Webhook(webhook_id="1", url="https://hooks.example/", secret_id="s", created_at=clock())
    store.save_preferences("acme", empty, Preferences(emails=("a@example.com",), webhooks=(webhook,)))
    with pytest.raises(NoticeConflict):
        store.save_preferences("acme", empty, Preferences())
    saved = store.preferences("acme")
    assert (saved.emails, saved.webhooks, saved.version) == (("a@example.com",), (webhook,), 1)
    store.save_preferences("acme", saved, Preferences())
    assert store.preferences("acme").emails == ()
    assert store.preferences("rival") == Preferences()


def a_group(notice: Notification, clock: ManualClock, *, version: int = 1) -> Group:
    together = Together(leader=notice.notification_id, links=(notice.link,))
    return Group(org_id="acme", cause="c", together=together, closes_at=clock() + timedelta(minutes=5), version=version)


def test_a_notification_and_its_group_are_stored_together_or_not_at_all(
    store: NotificationStore, clock: ManualClock
) -> None:
    first, second = a_notice(clock, "1"), a_notice(clock, "2")
    for event_id, notice in (("1", first), ("2", second)):
        assert store.add(notice, event_id=event_id)
    group = a_group(first, clock)
    leader = first.model_copy(update={"together": group.together, "due_at": group.closes_at, "version": 1})
    store.gather(first, leader, group)
    assert store.group("acme", "c") == group
    assert store.get("acme", first.notification_id) == leader
    assert store.group("acme", "other") is None
    assert store.group("rival", "c") is None

    member = second.model_copy(update={"together": Together(leader=first.notification_id), "due_at": None})
    with pytest.raises(NoticeConflict):  # somebody else was quicker to open it
        store.gather(second, member, a_group(second, clock))
    with pytest.raises(NoticeConflict):  # the notification has moved on
        store.gather(first, leader, a_group(first, clock, version=2))
    assert store.get("acme", second.notification_id) == second
    assert store.group("acme", "c") == group
    store.gather(second, member, a_group(first, clock, version=2))
    found = store.get("acme", second.notification_id)
    assert found is not None
    assert (found.told_with, found.due_at) == (first.notification_id, None)


def test_a_group_that_has_expired_stands_in_nobodys_way(clock: ManualClock) -> None:
    with mock_aws():
        make_tables()
        store = DynamoNotificationStore("jobs", partial(boto3.client, "dynamodb"), clock)
        for event_id in ("then", "now"):
            notice = a_notice(clock, event_id)
            assert store.add(notice, event_id=event_id)
            store.gather(notice, notice, a_group(notice, clock))
            assert store.group("acme", "c") is not None
            clock.advance(days=31)
            assert store.group("acme", "c") is None
