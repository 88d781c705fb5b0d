"""Notifiers that work at the same time gather 45 failures of one cause into one message, on DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest

from functions.notifier.deliver import deliver
from functions.notifier.mailboxes.memory import MemoryMailboxes
from functions.notifier.services import Services
from functions.reconciler.send_due import send_due
from functions.shared.kernel import aws
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.model import Delivery, Notification, NotificationKind, Preferences
from functions.shared.kernel.notifications.notify import Event, notify
from tests.support.clock import ManualClock

FAILURES = 45


class Sink:
    """A channel that notes the numbers it is told."""

    takes_once = True

    def __init__(self) -> None:
        self.counts: list[int] = []

    def send(self, notification: Notification, delivery: Delivery) -> str:
        self.counts.append(notification.count)
        return "it took it"


class OneCallAtATime:
    """A client whose calls of several threads come in any order, but one by one: moto takes them no other way."""

    def __init__(self, client: Any) -> None:
        self.client, self.lock = client, Lock()

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            with self.lock:
                return getattr(self.client, name)(**request)

        return call


@pytest.mark.usefixtures("cloud")
def test_45_failures_that_four_notifiers_take_at_once_are_one_message(clock: ManualClock) -> None:
    client: Any = OneCallAtATime(aws.dynamodb())
    store, mail = DynamoNotificationStore("jobs", lambda: client, clock), Sink()
    store.save_preferences("acme", Preferences(), Preferences(emails=("a@acme.example",)))
    services = Services(store, {"email": mail}, clock=clock, wait=timedelta(seconds=330), mailboxes=MemoryMailboxes())
    for number in range(FAILURES):
        reason, link = f"job {number} is refused", f"/api/jobs/{number}"
        kind = NotificationKind.JOB_FAILED
        event = Event("acme", str(number), kind, clock(), "A job failed", reason, "-", link, about="GENERATE_PAGE jobs")
        notify(event, store=store)
    for _ in range(20):
        pointers: list[NoticeMessage] = []
        send_due(store=store, send=pointers.append, clock=clock)
        with ThreadPoolExecutor(4) as pool:
            deadline = clock() + timedelta(minutes=2)
            list(pool.map(lambda each: deliver(each, services=services, deadline=deadline), pointers * 2))  # noqa: B023
        clock.advance(minutes=1)
    assert mail.counts == [FAILURES]
    assert store.unread_count("acme") == FAILURES
    notices, _ = store.newest("acme", limit=100)
    assert [each.due_at for each in notices] == [None] * FAILURES
    assert len({each.told_with for each in notices} - {None}) == 1
