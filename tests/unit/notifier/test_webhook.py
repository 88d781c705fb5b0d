from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from functions.notifier.deliver import deliver
from functions.notifier.guarded_post import Answer
from functions.notifier.mailboxes.memory import MemoryMailboxes
from functions.notifier.services import Services
from functions.notifier.webhook import WebhookChannel, signed
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import Delivery, DeliveryState, NotificationKind, Preferences, Webhook
from functions.shared.kernel.notifications.webhook_keys import keys_in_use, new_key, rotated
from functions.shared.kernel.outbound import webhooks_bounds
from functions.shared.kernel.secrets.memory import MemorySecrets
from tests.support.clock import ManualClock
from tests.support.notices import a_notice

URL = "https://hooks.example/flywheel"
TO_HOOK = Delivery(channel="webhook", target=URL, webhook_id="7")


@dataclass
class FakePost:
    """Answers with this status, and remembers what it was given."""

    status: int = 204
    retry_after: str | None = None
    sent: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.sent.append((url, body, headers))
        return Answer(self.status, self.retry_after)


def channel(
    post: FakePost, clock: ManualClock, *, url: str = URL, secret: dict[str, str] | None = None
) -> WebhookChannel:
    store = MemoryNotificationStore()
    webhook = Webhook(webhook_id="7", url=url, secret_id="s", created_at=clock())
    store.chosen["acme"] = Preferences(webhooks=(webhook,))
    secrets = MemorySecrets({"s": secret if secret is not None else {"key": new_key()}})
    return WebhookChannel(store, secrets, webhooks_bounds(), post, clock)


def test_the_signature_is_the_one_of_the_specification() -> None:
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = '{"test": 2432232314}'
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", body, [key], now=datetime.fromtimestamp(1614265330, UTC))
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_event_is_posted_with_its_notification_as_id(clock: ManualClock) -> None:
    post = FakePost()
    clock.now = datetime.now(UTC)
    key = new_key()
    notice = a_notice(clock)
    channel(post, clock, secret={"key": key}).send(notice, TO_HOOK)
    ((url, body, headers),) = post.sent
    assert (url, headers["webhook-id"]) == (URL, notice.notification_id)
    event = Verifier(key).verify(body, headers)
    assert event["type"] == "source.unhealthy"
    assert event["data"]["reason"] == "it answered 404 for a day"
    with pytest.raises(WebhookVerificationError):
        Verifier(new_key()).verify(body, headers)


def test_both_keys_sign_for_a_day_after_a_rotation_and_then_only_the_new_one(clock: ManualClock) -> None:
    old, new = new_key(), new_key()
    secret = rotated({"key": old}, new, now=clock())
    assert keys_in_use(secret, now=clock()) == [new, old]
    clock.advance(hours=23, minutes=59)
    assert keys_in_use(secret, now=clock()) == [new, old]
    clock.advance(minutes=1)
    assert keys_in_use(secret, now=clock()) == [new]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, TransientError), (404, TransientError), (302, TransientError), (410, PermanentError)],
)
def test_an_answer_that_is_not_a_success_is_a_failure(
    status: int, kind: type[FlywheelError], clock: ManualClock
) -> None:
    with pytest.raises(kind, match=str(status)):
        channel(FakePost(status), clock).send(a_notice(clock), TO_HOOK)


@pytest.mark.parametrize("url", ["http://hooks.example/", "https://10.0.0.1/", "https://hooks.example:22/"])
def test_a_forbidden_address_is_not_called_even_when_it_is_stored(url: str, clock: ManualClock) -> None:
    post = FakePost()
    with pytest.raises(PermanentError):
        channel(post, clock, url=url).send(a_notice(clock), TO_HOOK)
    assert post.sent == []


def test_a_removed_webhook_and_one_without_a_key_are_given_up(clock: ManualClock) -> None:
    with pytest.raises(PermanentError, match="removed"):
        channel(FakePost(), clock).send(a_notice(clock), TO_HOOK.model_copy(update={"webhook_id": "8"}))
    with pytest.raises(PermanentError, match="no key"):
        channel(FakePost(), clock, secret={}).send(a_notice(clock), TO_HOOK)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 06:00:00 GMT", 3600),
        ("Sun, 22 Nov 2026 04:00:00 GMT", 0),
        ("9" * 5000, 86400),
        ("Sun, 22 Nov 2099 06:00:00 GMT", 86400),
    ],
)
def test_a_receiver_may_ask_for_later_by_seconds_or_a_date(
    status: int, header: str, seconds: int, clock: ManualClock
) -> None:
    with pytest.raises(RateLimited, match=str(status)) as refused:
        channel(FakePost(status, header), clock).send(a_notice(clock), TO_HOOK)
    assert refused.value.retry_at == clock() + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "header"), [(500, "120"), (503, None), (503, "soon"), (503, "-1"), (503, "\u0662"), (429, "")]
)
def test_a_wish_without_a_meaning_is_an_ordinary_failure(status: int, header: str | None, clock: ManualClock) -> None:
    with pytest.raises(TransientError, match=str(status)):
        channel(FakePost(status, header), clock).send(a_notice(clock), TO_HOOK)


def test_a_receiver_that_is_gone_is_switched_off_and_its_organisation_told_once(clock: ManualClock) -> None:
    post = FakePost(410)
    hook = channel(post, clock, url=f"{URL}?key=hidden")
    store = hook.store
    assert isinstance(store, MemoryNotificationStore)
    services = Services(store, {"webhook": hook}, clock=clock, mailboxes=MemoryMailboxes())
    notices = [a_notice(clock, f"event-{number}") for number in range(2)]
    for notice in notices:
        store.put(notice)
        deliver(
            NoticeMessage(org_id="acme", notification_id=notice.notification_id),
            services=services,
            deadline=clock() + timedelta(minutes=2),
        )
        clock.advance(seconds=1)
    (webhook,) = store.preferences("acme").webhooks
    assert webhook.switched_off_at == notices[0].created_at
    assert webhook.switched_off_because == "it answered 410: the receiver is gone for good"
    assert len(post.sent) == 1, "nothing is posted there any more"
    first = store.get("acme", notices[0].notification_id)
    assert first is not None
    assert [each.state for each in first.deliveries] == [DeliveryState.GIVEN_UP]
    (told,) = [each for each in store.newest("acme")[0] if each.kind is NotificationKind.WEBHOOK_SWITCHED_OFF]
    assert told.reason == f"{URL}: it answered 410: the receiver is gone for good"
