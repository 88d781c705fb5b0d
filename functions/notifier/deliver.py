"""Delivers one notification to every address of its organisation that has not got it yet."""

from datetime import datetime, timedelta

from functions.notifier import progress
from functions.notifier.gather import take
from functions.notifier.mail_limit import over_limit
from functions.notifier.make_code import with_new_code
from functions.notifier.services import AddressGone, Channel, Services
from functions.notifier.switch_off import switch_off
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.log import log
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications.model import Delivery, DeliveryState, Notification
from functions.shared.kernel.notifications.store import NoticeConflict

_LONGEST_SEND = timedelta(seconds=20)
_ROUNDS = 10


def deliver(message: NoticeMessage, *, services: Services, deadline: datetime) -> None:
    """Try each delivery that is due, one after the other; what does not fit before `deadline` is left to the next run.

    Delivered twice, late or after another worker, the message finds nothing to do.
    """
    held = _taken(message, services)
    if held is None:
        return
    try:
        for position in range(len(held.deliveries)):
            if services.clock() + _LONGEST_SEND > deadline:
                break
            held = _try(held, position, services)
        _recorded(held, progress.released(held), services)
    except NoticeConflict:
        log.warning("another worker delivers it", action="notice_lost", notification_id=message.notification_id)


def _taken(message: NoticeMessage, services: Services) -> Notification | None:
    """The notification, if it is to be delivered now; others of its cause may be taken at the same time."""
    for _ in range(_ROUNDS):
        found = services.store.get(message.org_id, message.notification_id)
        if found is None or found.due_at is None:
            return None
        if found.claimed_until is not None and found.claimed_until > services.clock():
            return None
        try:
            return take(found, services.store.preferences(found.org_id), services=services)
        except NoticeConflict:
            continue
    log.warning("left for the next run", action="notice_crowded", notification_id=message.notification_id)
    return None


def _try(held: Notification, position: int, services: Services) -> Notification:
    delivery = held.deliveries[position]
    if not progress.is_due(delivery, now=services.clock()):
        return held
    limited = over_limit(held, position, services)
    if limited is not None:
        return limited
    channel = services.channels[delivery.channel]
    taken = progress.sending(delivery, now=services.clock())
    if channel.takes_once:
        held = _recorded(held, progress.with_delivery(held, position, taken), services)
    after = _outcome(channel, held, taken, services)
    _log(held, after)
    return _recorded(held, progress.with_delivery(held, position, after), services)


def _outcome(channel: Channel, notification: Notification, delivery: Delivery, services: Services) -> Delivery:
    try:
        answer = _send(channel, notification, delivery, services)
    except FlywheelError as error:
        return progress.failed(delivery, error, now=services.clock())
    except Exception as error:  # noqa: BLE001 - one address must not keep the others from hearing of it
        log.exception("delivery raised unexpectedly", action="delivery_raised")
        return progress.failed(delivery, TransientError(f"unexpected {type(error).__name__}"), now=services.clock())
    return progress.sent(delivery, answer, now=services.clock())


def _send(channel: Channel, notification: Notification, delivery: Delivery, services: Services) -> str:
    try:
        return channel.send(with_new_code(notification, services), delivery)
    except AddressGone as gone:
        switch_off(notification.org_id, delivery.webhook_id, gone, services=services)
        raise


def _recorded(before: Notification, after: Notification, services: Services) -> Notification:
    services.store.record(before, after)
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
