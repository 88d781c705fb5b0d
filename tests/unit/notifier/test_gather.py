"""Failures of one cause are told in one message, minute by minute as reconciler and notifier work."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from functions.notifier.deliver import deliver
from functions.notifier.mailboxes.memory import MemoryMailboxes
from functions.notifier.services import Services
from functions.reconciler.send_due import send_due
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import Delivery, Notification, NotificationKind, Preferences
from functions.shared.kernel.notifications.notify import Event, notify
from tests.support.clock import ManualClock

IN_TIME = timedelta(minutes=15)
WAIT = timedelta(seconds=330)


@dataclass
class Sink:
    """A channel that keeps what it is given, and when."""

    clock: ManualClock
    takes_once: bool = True
    arrived: list[tuple[Notification, datetime]] = field(default_factory=list)

    def send(self, notification: Notification, delivery: Delivery) -> str:
        self.arrived.append((notification, self.clock()))
        return "it took it"


@dataclass
class Desk:
    """The notices of one organisation that is told by e-mail."""

    clock: ManualClock
    wait: timedelta = WAIT
    store: MemoryNotificationStore = field(default_factory=MemoryNotificationStore)
    mail: Sink = field(init=False)
    mailboxes: MemoryMailboxes = field(default_factory=MemoryMailboxes)
    failed_at: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mail = Sink(self.clock)
        self.store.save_preferences("acme", Preferences(), Preferences(emails=("a@acme.example",)))

    def fail(self, number: int, reason: str = "the quota is used up", about: str = "GENERATE_CONTENT jobs") -> None:
        at = self.clock()
        link = f"/api/jobs/{number}"
        kind = NotificationKind.JOB_FAILED
        event = Event("acme", f"job-failed:{number}:1", kind, at, "A job failed", reason, "Mend it.", link, about=about)
        notify(event, store=self.store)
        self.failed_at[link] = at

    def tick(self, *, times: int = 1) -> None:
        """A run of the reconciler, whose pointers are each delivered so often."""
        pointers: list[NoticeMessage] = []
        send_due(store=self.store, send=pointers.append, clock=self.clock)
        services = Services(
            self.store, {"email": self.mail}, clock=self.clock, wait=self.wait, mailboxes=self.mailboxes
        )
        for pointer in pointers * times:
            deliver(pointer, services=services, deadline=self.clock() + timedelta(minutes=2))

    def run(self, failures: list[float], *, phase: int = 0, minutes: int = 40, times: int = 1) -> list[int]:
        """Fail at these seconds, tick each minute from `phase` on; how many failures each message told of."""
        start, due = self.clock(), sorted(failures)
        for minute in range(minutes):
            at = minute * 60 + phase
            while due and due[0] <= at:
                self.clock.now = start + timedelta(seconds=due[0])
                self.fail(len(failures) - len(due))
                due.pop(0)
            self.clock.now = start + timedelta(seconds=at)
            self.tick(times=times)
        return [notice.count for notice, _ in self.mail.arrived]

    def told_at(self) -> dict[str, datetime]:
        """When a message told of each failure, by its link."""
        sent = {notice.notification_id: at for notice, at in self.mail.arrived}
        return {each.link: sent[each.told_with or each.notification_id] for each in self.store.stored.values()}


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(clock)


@pytest.mark.parametrize("phase", [1, 20, 40, 59])
@pytest.mark.parametrize("times", [1, 3])
def test_45_failures_of_one_cause_within_five_minutes_are_one_message(desk: Desk, phase: int, times: int) -> None:
    told = desk.run([number * 300 / 45 for number in range(45)], phase=phase, times=times)
    assert told == [45]
    assert desk.store.unread_count("acme") == 45, "each has an entry of its own"
    assert max(at - desk.failed_at[link] for link, at in desk.told_at().items()) < IN_TIME


@pytest.mark.parametrize("phase", [1, 20, 40, 59])
@pytest.mark.parametrize("spread", [600, 899])
def test_45_failures_over_a_quarter_of_an_hour_are_two_messages_at_most(desk: Desk, phase: int, spread: int) -> None:
    told = desk.run([number * spread / 44 for number in range(45)], phase=phase)
    assert len(told) <= 2
    assert sum(told) == 45
    assert max(at - desk.failed_at[link] for link, at in desk.told_at().items()) < IN_TIME


@pytest.mark.parametrize("phase", [1, 30, 59])
def test_a_lone_failure_is_told_within_seven_minutes(desk: Desk, phase: int) -> None:
    assert desk.run([0], phase=phase) == [1]
    assert desk.told_at()["/api/jobs/0"] - desk.failed_at["/api/jobs/0"] <= timedelta(minutes=7)


def test_failures_that_go_on_for_hours_are_each_told_in_time(desk: Desk) -> None:
    told = desk.run([number * 60.0 for number in range(180)], minutes=220)
    assert sum(told) == 180
    assert len(told) <= 20
    assert max(at - desk.failed_at[link] for link, at in desk.told_at().items()) < IN_TIME


def test_each_cause_has_a_message_of_its_own(desk: Desk, clock: ManualClock) -> None:
    for number in range(6):
        desk.fail(number, reason=f"job {number} is too long" if number % 2 else f"it answered {401 + number}")
    desk.run([])
    assert Counter(notice.count for notice, _ in desk.mail.arrived) == {3: 1, 1: 3}


def test_the_message_names_the_first_of_them(desk: Desk) -> None:
    desk.run([0.0] * 9)
    ((notice, _),) = desk.mail.arrived
    assert notice.together is not None
    assert len(notice.together.links) == 5
    assert set(notice.together.links) <= set(desk.failed_at)


def test_failures_found_late_after_an_outage_are_still_one_message(desk: Desk, clock: ManualClock) -> None:
    for number in range(30):
        desk.fail(number)
    clock.advance(hours=2)
    assert desk.run([]) == [30]


def test_without_a_wait_each_is_told_at_once(clock: ManualClock) -> None:
    desk = Desk(clock, wait=timedelta())
    desk.fail(0)
    desk.fail(1)
    desk.tick()
    assert [notice.count for notice, _ in desk.mail.arrived] == [1, 1]


def test_an_organisation_that_nobody_is_told_for_has_nothing_to_wait_for(desk: Desk) -> None:
    desk.store.save_preferences("acme", desk.store.preferences("acme"), Preferences())
    desk.fail(0)
    desk.tick()
    assert [each.due_at for each in desk.store.stored.values()] == [None]
    assert desk.store.groups == {}


def test_a_group_whose_wait_the_operator_took_away_is_told_with_all_who_joined(desk: Desk, clock: ManualClock) -> None:
    desk.fail(0)
    desk.fail(1)
    desk.tick()
    desk.wait = timedelta()
    clock.advance(minutes=6)
    desk.tick()
    assert [notice.count for notice, _ in desk.mail.arrived] == [2]


def test_a_pointer_that_comes_too_early_changes_nothing(desk: Desk, clock: ManualClock) -> None:
    desk.fail(0)
    desk.tick()
    (waiting,) = desk.store.stored.values()
    pointer = NoticeMessage(org_id="acme", notification_id=waiting.notification_id)
    services = Services(desk.store, {"email": desk.mail}, clock=clock, wait=WAIT, mailboxes=desk.mailboxes)
    deliver(pointer, services=services, deadline=clock() + timedelta(minutes=2))
    assert desk.store.get("acme", waiting.notification_id) == waiting


def test_one_that_is_told_with_another_is_not_taken_again(desk: Desk, clock: ManualClock) -> None:
    desk.fail(0)
    desk.fail(1)
    desk.tick()
    member = next(each for each in desk.store.stored.values() if each.told_with)
    assert member.due_at is None
    assert desk.run([], times=3) == [2]
    kept = desk.store.get("acme", member.notification_id)
    assert kept is not None
    assert (kept.deliveries, kept.read_at) == ((), None)
