from datetime import timedelta

import pytest

from functions.notifier import progress
from functions.shared.kernel.errors import OutcomeUnknown, PermanentError, TransientError
from functions.shared.kernel.notifications.model import Delivery, DeliveryState, Notification, Preferences, Webhook
from tests.support.clock import ManualClock
from tests.support.notices import a_notice


def preferences(clock: ManualClock) -> Preferences:
    webhook = Webhook(webhook_id="7", url="https://hooks.example/", secret_id="s", created_at=clock())
    return Preferences(emails=("a@acme.example",), webhooks=(webhook,))


@pytest.fixture
def held(clock: ManualClock) -> Notification:
    return progress.claimed(a_notice(clock), preferences(clock), now=clock())


def test_the_first_worker_decides_where_it_goes_and_later_ones_keep_to_that(
    held: Notification, clock: ManualClock
) -> None:
    assert [(each.channel, each.target) for each in held.deliveries] == [
        ("email", "a@acme.example"),
        ("webhook", "https://hooks.example/"),
    ]
    assert progress.claimed(held, Preferences(), now=clock()).deliveries == held.deliveries


def test_a_failing_webhook_is_tried_after_1_5_and_15_minutes_and_then_given_up(clock: ManualClock) -> None:
    delivery = Delivery(channel="webhook", target="https://hooks.example/", next_at=clock())
    waits = []
    while delivery.state is DeliveryState.PENDING:
        assert delivery.next_at is not None
        waits.append(int((delivery.next_at - clock()).total_seconds()))
        clock.now = delivery.next_at
        delivery = progress.failed(progress.sending(delivery), TransientError("it answered 500"), now=clock())
    assert waits == [0, 60, 300, 900]
    assert (delivery.state, delivery.attempts) == (DeliveryState.GIVEN_UP, 4)
    assert delivery.reason == "it answered 500 (gave up after 4 tries)"


@pytest.mark.parametrize(
    ("error", "state"),
    [(PermanentError("gone"), DeliveryState.GIVEN_UP), (OutcomeUnknown("silence"), DeliveryState.UNKNOWN)],
)
def test_what_cannot_help_is_not_tried_again(error: PermanentError, state: DeliveryState, clock: ManualClock) -> None:
    delivery = progress.sending(Delivery(channel="email", target="a@acme.example"))
    after = progress.failed(delivery, error, now=clock())
    assert (after.state, after.next_at, after.ended_at) == (state, None, clock())


def test_an_email_in_a_dead_workers_hands_is_unknown_and_not_sent_again(held: Notification, clock: ManualClock) -> None:
    died = progress.with_delivery(held, 0, progress.sending(held.deliveries[0]))
    again = progress.claimed(died, Preferences(), now=clock() + timedelta(minutes=5))
    assert [each.state for each in again.deliveries] == [DeliveryState.UNKNOWN, DeliveryState.PENDING]


def test_a_notification_is_due_when_its_earliest_delivery_is_and_never_when_all_are_final(
    held: Notification, clock: ManualClock
) -> None:
    later = progress.failed(progress.sending(held.deliveries[1]), TransientError("no"), now=clock())
    one_left = progress.with_delivery(
        progress.with_delivery(held, 0, progress.sent(held.deliveries[0], now=clock())), 1, later
    )
    assert progress.released(one_left).due_at == clock() + timedelta(minutes=1)
    assert progress.released(one_left).claimed_until is None
    none_left = progress.with_delivery(one_left, 1, progress.sent(later, now=clock()))
    assert progress.released(none_left).due_at is None


def test_every_write_grows_the_version(held: Notification, clock: ManualClock) -> None:
    after = progress.released(progress.with_delivery(held, 0, progress.sent(held.deliveries[0], now=clock())))
    assert (held.version, after.version) == (1, 3)


def test_a_notification_that_keeps_killing_its_workers_is_given_up(held: Notification, clock: ManualClock) -> None:
    for _ in range(progress.MAX_CLAIMS):
        held = progress.claimed(held, Preferences(), now=clock())
    assert {each.state for each in held.deliveries} == {DeliveryState.GIVEN_UP}
