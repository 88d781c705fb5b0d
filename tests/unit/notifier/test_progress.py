from datetime import timedelta

import pytest

from functions.notifier import progress
from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.notifications.model import (
    TROUBLES,
    Delivery,
    DeliveryState,
    Notification,
    NotificationKind,
    Preferences,
    Try,
    Webhook,
)
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


def waits_of(error: Exception, clock: ManualClock, *, late: int = 0) -> tuple[Delivery, list[int]]:
    """A delivery that always fails so, and after how many seconds from its first try it is due each time."""
    assert isinstance(error, FlywheelError)
    start = clock()
    delivery = Delivery(channel="webhook", target="https://hooks.example/", next_at=start)
    due = []
    while delivery.state is DeliveryState.PENDING:
        assert delivery.next_at is not None
        due.append(int((delivery.next_at - start).total_seconds()))
        clock.now = delivery.next_at + timedelta(seconds=late if due[-1] else 0)
        delivery = progress.failed(progress.sending(delivery, now=clock()), error, now=clock())
    return delivery, due


def test_a_failing_webhook_is_tried_over_a_day_and_then_given_up(clock: ManualClock) -> None:
    delivery, due = waits_of(TransientError("it answered 500"), clock)
    assert due == [0, 60, 300, 900, 3600, 21600, 86400]
    assert (delivery.state, delivery.attempts) == (DeliveryState.GIVEN_UP, 7)
    assert delivery.reason == "it answered 500 (gave up after 7 tries)"


def test_tries_that_come_late_do_not_move_the_later_ones(clock: ManualClock) -> None:
    _, due = waits_of(TransientError("it answered 500"), clock, late=70)
    assert due == [0, 60, 300, 900, 3600, 21600, 86400]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0, [0, 60, 300, 900, 3600, 21600, 86400]),
        (2, [0, 7200, 21600, 86400]),
        (48, [0, 86400]),
    ],
)
def test_a_receivers_wish_is_honoured_within_the_day(hours: int, expected: list[int], clock: ManualClock) -> None:
    wish = RateLimited("it answered 503 and asked for later", retry_at=clock() + timedelta(hours=hours))
    delivery, due = waits_of(wish, clock)
    assert due == expected
    assert delivery.state is DeliveryState.GIVEN_UP


def test_each_try_is_noted_with_what_came_of_it_and_the_last_ten_are_kept(clock: ManualClock) -> None:
    delivery = Delivery(channel="webhook", target="https://hooks.example/", next_at=clock())
    for number in range(11):
        begun = progress.sending(delivery, now=clock())
        clock.advance(seconds=1)
        delivery = progress.failed(begun, TransientError(f"it answered {500 + number}"), now=clock())
    begun = progress.sending(delivery, now=clock())
    delivery = progress.sent(begun, "it answered 204", now=clock() + timedelta(milliseconds=250))
    assert [each.outcome for each in delivery.tries] == [
        *(f"it answered {500 + number}" for number in range(2, 11)),
        "it answered 204",
    ]
    assert delivery.tries[-1] == Try(at=clock(), outcome="it answered 204", duration_ms=250)
    assert delivery.tries[0].duration_ms == 1000


def test_a_webhook_that_is_switched_off_is_not_planned(clock: ManualClock) -> None:
    chosen = preferences(clock)
    off = chosen.webhooks[0].model_copy(update={"switched_off_at": clock()})
    held = progress.claimed(a_notice(clock), Preferences(webhooks=(off,)), now=clock())
    assert held.deliveries == ()


def test_workers_that_come_to_their_end_do_not_count(held: Notification, clock: ManualClock) -> None:
    for _ in range(2 * progress.MAX_CLAIMS):
        held = progress.claimed(progress.released(held), Preferences(), now=clock())
    assert {each.state for each in held.deliveries} == {DeliveryState.PENDING}


@pytest.mark.parametrize(
    ("error", "state"),
    [(PermanentError("gone"), DeliveryState.GIVEN_UP), (OutcomeUnknown("silence"), DeliveryState.UNKNOWN)],
)
def test_what_cannot_help_is_not_tried_again(error: PermanentError, state: DeliveryState, clock: ManualClock) -> None:
    delivery = progress.sending(Delivery(channel="email", target="a@acme.example"), now=clock())
    after = progress.failed(delivery, error, now=clock())
    assert (after.state, after.next_at, after.ended_at) == (state, None, clock())


def test_an_email_in_a_dead_workers_hands_is_unknown_and_not_sent_again(held: Notification, clock: ManualClock) -> None:
    died = progress.with_delivery(held, 0, progress.sending(held.deliveries[0], now=clock()))
    again = progress.claimed(died, Preferences(), now=clock() + timedelta(minutes=5))
    assert [each.state for each in again.deliveries] == [DeliveryState.UNKNOWN, DeliveryState.PENDING]


def test_a_notification_is_due_when_its_earliest_delivery_is_and_never_when_all_are_final(
    held: Notification, clock: ManualClock
) -> None:
    later = progress.failed(progress.sending(held.deliveries[1], now=clock()), TransientError("no"), now=clock())
    one_left = progress.with_delivery(
        progress.with_delivery(held, 0, progress.sent(held.deliveries[0], "it answered 204", now=clock())), 1, later
    )
    assert progress.released(one_left).due_at == clock() + timedelta(minutes=1)
    assert progress.released(one_left).claimed_until is None
    none_left = progress.with_delivery(one_left, 1, progress.sent(later, "it answered 204", now=clock()))
    assert progress.released(none_left).due_at is None


def test_every_write_grows_the_version(held: Notification, clock: ManualClock) -> None:
    after = progress.released(
        progress.with_delivery(held, 0, progress.sent(held.deliveries[0], "it answered 204", now=clock()))
    )
    assert (held.version, after.version) == (1, 3)


def test_a_notification_that_keeps_killing_its_workers_is_given_up(held: Notification, clock: ManualClock) -> None:
    for _ in range(progress.MAX_CLAIMS):
        held = progress.claimed(held, Preferences(), now=clock())
    assert {each.state for each in held.deliveries} == {DeliveryState.GIVEN_UP}


def test_a_webhook_gets_the_events_it_wants_and_mail_tells_of_trouble_only(clock: ManualClock) -> None:
    chosen = preferences(clock)
    hook = chosen.webhooks[0].model_copy(update={"events": (NotificationKind.PAGE_PUBLISHED,)})
    chosen = chosen.model_copy(update={"webhooks": (hook,)})

    def channels(kind: NotificationKind) -> list[str]:
        notice = a_notice(clock).model_copy(update={"kind": kind})
        return [each.channel for each in progress.claimed(notice, chosen, now=clock()).deliveries]

    assert channels(NotificationKind.PAGE_PUBLISHED) == ["webhook"]
    assert channels(NotificationKind.JOB_COMPLETED) == []
    assert channels(NotificationKind.JOB_FAILED) == ["email"]
    asked_for = a_notice(clock).model_copy(update={"kind": NotificationKind.WEBHOOK_TEST, "webhook_id": "7"})
    assert [each.channel for each in progress.claimed(asked_for, chosen, now=clock()).deliveries] == ["webhook"]


def test_a_webhook_that_chose_nothing_gets_what_tells_of_trouble(clock: ManualClock) -> None:
    for kind in NotificationKind:
        held = progress.claimed(a_notice(clock).model_copy(update={"kind": kind}), preferences(clock), now=clock())
        assert bool(held.deliveries) is (kind in TROUBLES)
