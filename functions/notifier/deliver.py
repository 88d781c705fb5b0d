"""Delivers one notification to every address of its organisation that has not got it yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from functions.notifier import progress
from functions.shared.clock import Clock
from functions.shared.errors import FlywheelError, TransientError
from functions.shared.log import log
from functions.shared.messages import NoticeMessage
from functions.shared.notifications.model import Delivery, DeliveryState, Notification
from functions.shared.notifications.store import NoticeConflict, NotificationStore

_LONGEST_SEND = timedelta(seconds=20)


class Channel(Protocol):
    """A way to reach an address."""

    @property
    def takes_once(self) -> bool:
        """Whether what is sent twice arrives twice: then it is marked before it is sent."""

    def send(self, notification: Notification, delivery: Delivery) -> None:
        """Hand it over. PermanentError: never again; OutcomeUnknown: perhaps taken; anything else: later again."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What delivering needs; channels by name."""

    store: NotificationStore
    channels: Mapping[str, Channel] = field(default_factory=dict)
    clock: Clock = field(kw_only=True)


def deliver(message: NoticeMessage, *, desk: Desk, deadline: datetime) -> None:
    """Try each delivery that is due, one after the other; what does not fit before `deadline` is left to the next run.

    Delivered twice, late or after another worker, the message finds nothing to do.
    """
    found = desk.store.get(message.org_id, message.notification_id)
    now = desk.clock()
    if found is None or found.due_at is None or (found.claimed_until is not None and found.claimed_until > now):
        return
    try:
        held = _recorded(found, progress.claimed(found, desk.store.preferences(found.org_id), now=now), desk)
        for position in range(len(held.deliveries)):
            if desk.clock() + _LONGEST_SEND > deadline:
                break
            held = _try(held, position, desk)
        _recorded(held, progress.released(held), desk)
    except NoticeConflict:
        log.warning("another worker delivers it", action="notice_lost", notification_id=message.notification_id)


def _try(held: Notification, position: int, desk: Desk) -> Notification:
    delivery = held.deliveries[position]
    if not progress.is_due(delivery, now=desk.clock()):
        return held
    channel = desk.channels[delivery.channel]
    taken = progress.sending(delivery)
    if channel.takes_once:
        held = _recorded(held, progress.with_delivery(held, position, taken), desk)
    after = _outcome(channel, held, taken, desk)
    _log(held, after)
    return _recorded(held, progress.with_delivery(held, position, after), desk)


def _outcome(channel: Channel, notification: Notification, delivery: Delivery, desk: Desk) -> Delivery:
    try:
        channel.send(notification, delivery)
    except FlywheelError as error:
        return progress.failed(delivery, error, now=desk.clock())
    except Exception as error:  # noqa: BLE001 - one address must not keep the others from hearing of it
        log.exception("delivery raised unexpectedly", action="delivery_raised")
        return progress.failed(delivery, TransientError(f"unexpected {type(error).__name__}"), now=desk.clock())
    return progress.sent(delivery, now=desk.clock())


def _recorded(before: Notification, after: Notification, desk: Desk) -> Notification:
    desk.store.record(before, after)
    return after


def _log(notification: Notification, delivery: Delivery) -> None:
    is_lost = delivery.state in (DeliveryState.GIVEN_UP, DeliveryState.UNKNOWN)
    (log.error if is_lost else log.info)(
        "notification delivered" if delivery.state is DeliveryState.SENT else "notification not delivered",
        action="notice_delivery",
        org_id=notification.org_id,
        notification_id=notification.notification_id,
        channel=delivery.channel,
        state=delivery.state,
        attempts=delivery.attempts,
        reason=delivery.reason,
    )
