"""Sends on purpose: an event to try a webhook out, and a delivery once more. Decision 0026."""

from datetime import datetime

from functions.api.notifications.models import NotificationView
from functions.api.refusals import Missing
from functions.api.services import Services
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.model import Delivery, DeliveryState, Notification, NotificationKind
from functions.shared.kernel.notifications.notify import Event, notification_of, notify
from functions.shared.kernel.notifications.store import NoticeConflict

_ENDED = (DeliveryState.SENT, DeliveryState.GIVEN_UP, DeliveryState.UNKNOWN)
_MOST_KEYS = 10
_BUSY = "the notification is being delivered at this moment; try again in some minutes"


def send_test(org_id: str, webhook_id: str, idempotency_key: str | None, *, services: Services) -> NotificationView:
    """Have a `webhook.test` event posted to one webhook. Raises Missing, and StateForbids when it is switched off."""
    webhooks = services.notifications.preferences(org_id).webhooks
    webhook = next((each for each in webhooks if each.webhook_id == webhook_id), None)
    if webhook is None:
        raise Missing("webhook", webhook_id)
    if webhook.switched_off_at is not None:
        raise StateForbids("the webhook is switched off; name its address in the settings to switch it on again")
    now = services.engine.clock()
    name = f"key:{idempotency_key}" if idempotency_key else services.engine.new_id(now)
    event = _test_event(org_id, webhook_id, name, now)
    is_new = notify(event, store=services.notifications)
    told = None if is_new else services.notifications.told(org_id, event.event_id)
    return NotificationView.model_validate(told or notification_of(event))


def send_again(
    org_id: str, notification_id: str, delivery_id: int, idempotency_key: str | None, *, services: Services
) -> NotificationView:
    """Have a delivery that has ended sent again, whatever came of it; one key does so once.

    Raises Missing, and StateForbids while it is still being delivered.
    """
    before = services.notifications.get(org_id, notification_id)
    if before is None:
        raise Missing("notification", notification_id)
    if delivery_id >= len(before.deliveries):
        raise Missing("delivery", str(delivery_id))
    delivery = before.deliveries[delivery_id]
    if idempotency_key is not None and idempotency_key in delivery.resend_keys:
        return NotificationView.model_validate(before)
    if delivery.state not in _ENDED:
        raise StateForbids("the delivery has not ended yet; it is still being tried")
    now = services.engine.clock()
    if before.claimed_until is not None and before.claimed_until > now:
        raise StateForbids(_BUSY)
    after = _reopened(before, delivery_id, idempotency_key, now)
    try:
        services.notifications.record(before, after)
    except NoticeConflict:
        raise StateForbids(_BUSY) from None
    log.info("delivery sent again", action="delivery_resent", org_id=org_id, notification_id=notification_id)
    return NotificationView.model_validate(after)


def _reopened(before: Notification, position: int, key: str | None, now: datetime) -> Notification:
    delivery = before.deliveries[position]
    keys = (*delivery.resend_keys, key)[-_MOST_KEYS:] if key is not None else delivery.resend_keys
    update = {"state": DeliveryState.PENDING, "next_at": now, "first_at": None, "ended_at": None, "reason": None}
    again: Delivery = delivery.model_copy(update={**update, "resend_keys": keys})
    deliveries = (*before.deliveries[:position], again, *before.deliveries[position + 1 :])
    return before.model_copy(update={"deliveries": deliveries, "due_at": now, "version": before.version + 1})


def _test_event(org_id: str, webhook_id: str, name: str, now: datetime) -> Event:
    return Event(
        org_id=org_id,
        event_id=f"webhook-test:{webhook_id}:{name}",
        kind=NotificationKind.WEBHOOK_TEST,
        at=now,
        title="A test of a webhook",
        reason="somebody of the organisation asked for it",
        advice="Nothing is to be done: what came of it is shown with the notification.",
        link="/api/notification-settings",
        webhook_id=webhook_id,
    )
