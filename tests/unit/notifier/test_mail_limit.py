"""Mail goes to those who asked for it, and no more of it than an address may get in an hour."""

import re
from datetime import datetime, timedelta

import pytest

from functions.notifier.deliver import deliver
from functions.notifier.email import Email
from functions.notifier.mailboxes.memory import MemoryMailboxes
from functions.notifier.services import Services
from functions.reconciler.send_due import send_due
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications import confirming
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import (
    Delivery,
    DeliveryState,
    NotificationKind,
    Preferences,
    Together,
    Unconfirmed,
)
from functions.shared.kernel.notifications.notify import Event, notify
from tests.support.clock import ManualClock
from tests.support.notices import an_event

OPS = "ops@acme.example"
CODE = re.compile(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b")


class Ses:
    """SES that takes every mail, and notes when."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.sent: list[tuple[str, str, str, datetime]] = []

    def send_email(self, **mail: object) -> dict[str, str]:
        simple = mail["Content"]["Simple"]  # type: ignore[index]
        (target,) = mail["Destination"]["ToAddresses"]  # type: ignore[index]
        self.sent.append((target, simple["Subject"]["Data"], simple["Body"]["Text"]["Data"], self.clock()))
        return {"MessageId": "1"}


class Post:
    """A reconciler and a notifier over one store."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.ses = clock, Ses(clock)
        self.store, self.mailboxes = MemoryNotificationStore(), MemoryMailboxes()

    def choose(self, org_id: str, **chosen: object) -> None:
        before = self.store.preferences(org_id)
        self.store.save_preferences(org_id, before, before.model_copy(update=chosen))

    def minute(self) -> None:
        pointers: list[NoticeMessage] = []
        send_due(store=self.store, send=pointers.append, clock=self.clock)
        email = Email("flywheel@acme.example", lambda: self.ses)  # type: ignore[arg-type, return-value]
        services = Services(self.store, {"email": email}, clock=self.clock, mailboxes=self.mailboxes)
        for pointer in pointers:
            deliver(pointer, services=services, deadline=self.clock() + timedelta(minutes=2))
        self.clock.advance(minutes=1)

    def tell(self, count: int, org_id: str = "acme") -> None:
        for number in range(count):
            notify(an_event(self.clock, f"{self.clock()}-{number}", org_id), store=self.store)

    def ask(self, org_id: str, name: str, email: str = OPS) -> None:
        kind = NotificationKind.EMAIL_CONFIRMATION
        event = Event(org_id, f"email-code:{email}:{name}", kind, self.clock(), "-", "-", "-", "/", email=email)
        notify(event, store=self.store)

    def deliveries(self, org_id: str = "acme") -> list[Delivery]:
        return [each for notice in self.store.newest(org_id)[0] for each in notice.deliveries]


@pytest.fixture
def post(clock: ManualClock) -> Post:
    return Post(clock)


def test_an_address_that_is_not_confirmed_gets_nothing_but_its_code(post: Post) -> None:
    post.choose("acme", emails=(OPS,), unconfirmed=(Unconfirmed(email=OPS, added_at=post.clock()),))
    post.tell(1)
    post.minute()
    assert post.ses.sent == []
    post.ask("acme", "1")
    post.minute()
    ((target, subject, text, _),) = post.ses.sent
    assert (target, subject) == (OPS, "Flywheel: a code to confirm your address")
    (code,) = CODE.findall(text)
    (pending,) = post.store.preferences("acme").unconfirmed
    assert confirming.is_code(pending, code)
    assert not confirming.is_code(pending, code[::-1])


def test_a_code_lies_nowhere_but_in_the_mail(post: Post) -> None:
    post.choose("acme", emails=(OPS,), unconfirmed=(Unconfirmed(email=OPS, added_at=post.clock()),))
    post.ask("acme", "1")
    post.minute()
    (code,) = CODE.findall(post.ses.sent[0][2])
    kept = repr((post.store.stored, post.store.chosen, post.store.events))
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_a_code_for_an_address_that_was_removed_is_not_sent(post: Post) -> None:
    post.ask("acme", "1")
    post.minute()
    assert (post.ses.sent, post.deliveries()) == ([], [])


def test_nobody_is_bombed_with_codes_by_however_many_organisations(post: Post) -> None:
    for number in range(12):
        org_id = f"org-{number}"
        post.choose(org_id, emails=(OPS,), unconfirmed=(Unconfirmed(email=OPS, added_at=post.clock()),))
        post.ask(org_id, "1")
    post.minute()
    assert len(post.ses.sent) == confirming.CODES_AN_HOUR
    states = [each.state for number in range(12) for each in post.deliveries(f"org-{number}")]
    assert states.count(DeliveryState.GIVEN_UP) == 12 - confirming.CODES_AN_HOUR


def test_what_exceeds_twenty_mails_an_hour_is_in_the_list_and_one_later_mail_tells_how_many(post: Post) -> None:
    post.choose("acme", emails=(OPS,))
    post.tell(35)
    for _ in range(62):
        post.minute()
    assert len(post.ses.sent) == 21
    _, subject, text, at = post.ses.sent[-1]
    assert subject == "Flywheel: a notification was not mailed, 15 times"
    assert "15 of your notifications were not mailed" in text
    assert at >= post.ses.sent[0][3] + timedelta(hours=1)
    assert post.store.unread_count("acme") == 35
    held = [each for each in post.deliveries() if each.state is DeliveryState.GIVEN_UP]
    assert len(held) == 15
    assert {each.reason for each in held} == {
        "the address got 20 mails within the hour; a later one tells how many are in the list only"
    }
    assert all(notice.due_at is None for notice in post.store.stored.values())


def test_no_hour_has_more_than_twenty_mails_whatever_several_organisations_tell(post: Post) -> None:
    for org_id in ("acme", "rival"):
        post.choose(org_id, emails=(OPS,))
    for _ in range(200):
        post.tell(1, "acme")
        post.tell(1, "rival")
        post.minute()
    times = [at for *_, at in post.ses.sent]
    for at in times:
        assert sum(at <= other < at + timedelta(hours=1) for other in times) <= 20
    for _ in range(200):
        post.minute()
    texts = [text for _, _, text, _ in post.ses.sent]
    told = sum(int(number) for text in texts for number in re.findall(r"^(\d+) of your", text))
    notices = sum("cannot be read" in text for text in texts)
    assert told + notices == 400, "each was mailed, or is in the number of a later mail"


def test_a_later_mail_of_a_worker_that_died_before_it_held_anything_back_tells_nothing(post: Post) -> None:
    post.choose("acme", emails=(OPS,))
    kind = NotificationKind.MAILS_HELD_BACK
    event = Event("acme", "mails:x:1", kind, post.clock(), "-", "-", "-", "/", email=OPS)
    notify(event, store=post.store)
    (notice,) = post.store.stored.values()
    post.store.put(
        notice.model_copy(update={"cause": "mails:x", "together": Together(leader=notice.notification_id, count=0)})
    )
    post.minute()
    assert (post.ses.sent, post.deliveries()) == ([], [])


def test_addresses_that_were_chosen_before_need_not_confirm(post: Post) -> None:
    old = Preferences.model_validate_json('{"emails":["ops@acme.example"],"webhooks":[],"version":3}')
    post.store.chosen["acme"] = old
    post.tell(1)
    post.minute()
    assert [target for target, *_ in post.ses.sent] == [OPS]
