"""How the delivery of a notification goes on: pure functions from the notification before to the one after.

    pending -> sent | given_up                                    a webhook
    pending -> sending -> sent | given_up | unknown | pending     an e-mail

What is not taken is tried at 0, 1, 5 and 15 minutes, 1, 6 and 24 hours from its first try. Decision 0026.

A worker holds the notification for one lease. Each write grows `version`, so that a worker that was overtaken can
write nothing more.
"""

from datetime import datetime, timedelta

from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited
from functions.shared.kernel.notifications.model import (
    TROUBLES,
    Delivery,
    DeliveryState,
    Notification,
    NotificationKind,
    Preferences,
    Try,
)

TRIED_AGAIN_AT = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
MOST_TRIES_KEPT = 10
LEASE = timedelta(minutes=3)
MAX_CLAIMS = 20
_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)
_MAX_REASON = 300


def claimed(notification: Notification, preferences: Preferences, *, now: datetime) -> Notification:
    """A worker takes the notification for one lease; the first one decides where it goes.

    An e-mail found in `sending` was in the hands of a worker that died: it may have gone out, and is not sent again.
    """
    deliveries = notification.deliveries if notification.claims else planned(notification, preferences, now)
    found = tuple(_taken_over(each, now) for each in deliveries)
    if notification.claims >= MAX_CLAIMS:
        found = tuple(_given_up(each, now, "its workers kept dying") if each.state in _OPEN else each for each in found)
    until = now + LEASE
    return changed(notification, deliveries=found, claimed_until=until, due_at=until, claims=notification.claims + 1)


def is_due(delivery: Delivery, *, now: datetime) -> bool:
    """Whether this delivery is to be tried now."""
    return delivery.state is DeliveryState.PENDING and (delivery.next_at is None or delivery.next_at <= now)


def with_delivery(notification: Notification, position: int, delivery: Delivery) -> Notification:
    """One delivery went on."""
    deliveries = (*notification.deliveries[:position], delivery, *notification.deliveries[position + 1 :])
    return changed(notification, deliveries=deliveries)


def released(notification: Notification) -> Notification:
    """The worker is done for now: the next one comes when the earliest delivery is due, or never."""
    waiting = [each.next_at for each in notification.deliveries if each.state in _OPEN]
    due_at = min((moment for moment in waiting if moment), default=None)
    # A notification that many addresses put off is looked at often; only workers that died count.
    return changed(notification, claimed_until=None, due_at=due_at, claims=1)


def sending(delivery: Delivery, *, now: datetime) -> Delivery:
    """It is about to be handed over."""
    tries = (*delivery.tries, Try(at=now))[-MOST_TRIES_KEPT:]
    update = {"attempts": delivery.attempts + 1, "first_at": delivery.first_at or now, "tries": tries}
    return delivery.model_copy(update={**update, "state": DeliveryState.SENDING})


def sent(delivery: Delivery, answer: str, *, now: datetime) -> Delivery:
    """The other side took it."""
    update = {"state": DeliveryState.SENT, "next_at": None, "reason": None, "ended_at": now}
    return _noted(delivery, answer, now).model_copy(update=update)


def failed(delivery: Delivery, error: FlywheelError, *, now: datetime) -> Delivery:
    """It was tried and not taken: again later, or given up, or its outcome cannot be known."""
    reason = error.reason[:_MAX_REASON]
    tried = _noted(delivery, reason, now)
    if isinstance(error, OutcomeUnknown):
        update = {"state": DeliveryState.UNKNOWN, "next_at": None, "reason": reason, "ended_at": now}
        return tried.model_copy(update=update)
    if isinstance(error, PermanentError):
        return _given_up(tried, now, reason)
    next_at = _next_try(tried, error, now)
    if next_at is None:
        return _given_up(tried, now, f"{reason} (gave up after {tried.attempts} tries)")
    return tried.model_copy(update={"state": DeliveryState.PENDING, "next_at": next_at, "reason": reason})


def _next_try(delivery: Delivery, error: FlywheelError, now: datetime) -> datetime | None:
    """The next of the moments, or the later one that the receiver asked for; None when the day is over."""
    first_at = delivery.first_at or now
    coming = [first_at + after for after in TRIED_AGAIN_AT if first_at + after > now]
    if not coming:
        return None
    asked = error.retry_at if isinstance(error, RateLimited) else coming[0]
    return min(max(coming[0], asked), coming[-1])


def _noted(delivery: Delivery, outcome: str, now: datetime) -> Delivery:
    """The try that was begun has ended."""
    *before, last = delivery.tries or (Try(at=now),)
    took = round((now - last.at) / timedelta(milliseconds=1))
    ended = last.model_copy(update={"outcome": outcome, "duration_ms": took})
    return delivery.model_copy(update={"tries": (*before, ended)})


def planned(notification: Notification, preferences: Preferences, now: datetime) -> tuple[Delivery, ...]:
    """Whom it goes to, by what the organisation wants now."""
    if notification.email is not None:
        return _to_one_address(notification, preferences, now)
    only = notification.webhook_id
    if only is not None:
        chosen = tuple(each for each in preferences.webhooks if each.webhook_id == only)
        preferences = Preferences(webhooks=chosen)
    is_mailed = notification.kind in TROUBLES
    emails = [Delivery(channel="email", target=address, next_at=now) for address in preferences.confirmed if is_mailed]
    webhooks = [
        Delivery(channel="webhook", target=webhook.url, webhook_id=webhook.webhook_id, next_at=now)
        for webhook in preferences.webhooks
        if webhook.switched_off_at is None and (only is not None or notification.kind in webhook.events)
    ]
    return (*emails, *webhooks)


def _to_one_address(notification: Notification, preferences: Preferences, now: datetime) -> tuple[Delivery, ...]:
    """A code goes to whom it is to confirm; a later mail to who still wants mail, if it has something to tell."""
    is_code = notification.kind is NotificationKind.EMAIL_CONFIRMATION
    is_wanted = notification.email in (preferences.emails if is_code else preferences.confirmed)
    if notification.email is None or not is_wanted or not notification.count:
        return ()
    return (Delivery(channel="email", target=notification.email, next_at=now),)


def _taken_over(delivery: Delivery, now: datetime) -> Delivery:
    if delivery.state is not DeliveryState.SENDING:
        return delivery
    reason = "the worker that was sending it died; it may have been sent, and is not sent again"
    update = {"state": DeliveryState.UNKNOWN, "next_at": None, "reason": reason, "ended_at": now}
    return _noted(delivery, reason, now).model_copy(update=update)


def _given_up(delivery: Delivery, now: datetime, reason: str) -> Delivery:
    update = {"state": DeliveryState.GIVEN_UP, "next_at": None, "reason": reason, "ended_at": now}
    return delivery.model_copy(update=update)


def changed(notification: Notification, **changes: object) -> Notification:
    """The next version of it."""
    return notification.model_copy(update={**changes, "version": notification.version + 1})
