"""Notifications for tests."""

from functions.shared.kernel.clock import Clock
from functions.shared.kernel.notifications.model import Notification, NotificationKind, Webhook
from functions.shared.kernel.notifications.notify import Event, notification_of
from functions.shared.kernel.notifications.store import NotificationStore


def an_event(clock: Clock, event_id: str = "source:7:unhealthy", org_id: str = "acme") -> Event:
    return Event(
        org_id=org_id,
        event_id=event_id,
        kind=NotificationKind.SOURCE_UNHEALTHY,
        at=clock(),
        title="The source Blog cannot be read",
        reason="it answered 404 for a day",
        advice="Correct its address.",
        link="/api/sources/7",
    )


def a_notice(clock: Clock, event_id: str = "source:7:unhealthy", org_id: str = "acme") -> Notification:
    return notification_of(an_event(clock, event_id, org_id))


def want(store: NotificationStore, clock: Clock, *kinds: NotificationKind, org_id: str = "acme") -> None:
    """Let one webhook of the organisation want these events."""
    before = store.preferences(org_id)
    hook = Webhook(webhook_id="7", url="https://hooks.example/", secret_id="s", created_at=clock(), events=kinds)
    store.save_preferences(org_id, before, before.model_copy(update={"webhooks": (hook,)}))
