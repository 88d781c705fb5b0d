"""Switches a webhook off whose receiver is gone, and tells its organisation. Decision 0026."""

from functions.notifier.services import AddressGone, Services
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.log import log
from functions.shared.kernel.masking import mask_address
from functions.shared.kernel.notifications.model import NotificationKind, Webhook
from functions.shared.kernel.notifications.notify import Event, notify
from functions.shared.kernel.notifications.store import NoticeConflict

_ROUNDS = 5


def switch_off(org_id: str, webhook_id: str | None, gone: AddressGone, *, services: Services) -> None:
    """Told first and switched off then: whoever dies between finds the receiver gone again, and tells it once.

    Raises TransientError when others keep changing the settings.
    """
    for _ in range(_ROUNDS):
        before = services.store.preferences(org_id)
        webhook = next((each for each in before.webhooks if each.webhook_id == webhook_id), None)
        if webhook is None or webhook.switched_off_at is not None:
            return
        notify(_event(org_id, webhook, gone, services), store=services.store)
        update = {"switched_off_at": services.clock(), "switched_off_because": gone.reason}
        off = webhook.model_copy(update=update)
        webhooks = tuple(off if each == webhook else each for each in before.webhooks)
        try:
            services.store.save_preferences(org_id, before, before.model_copy(update={"webhooks": webhooks}))
        except NoticeConflict:
            continue
        log.warning("webhook switched off", action="webhook_switched_off", org_id=org_id, webhook_id=webhook_id)
        return
    raise TransientError("the receiver is gone, but the settings are being changed")


def _event(org_id: str, webhook: Webhook, gone: AddressGone, services: Services) -> Event:
    since = webhook.switched_on_at or webhook.created_at
    return Event(
        org_id=org_id,
        event_id=f"webhook-gone:{webhook.webhook_id}:{since.isoformat()}",
        kind=NotificationKind.WEBHOOK_SWITCHED_OFF,
        at=services.clock(),
        title="A webhook was switched off",
        reason=f"{mask_address(webhook.url).partition('?')[0]}: {gone.reason}",
        advice="Name the address in PUT /api/notification-settings to switch it on again; leave it out to remove it.",
        link="/api/notification-settings",
    )
