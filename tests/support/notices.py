"""Notifications for tests."""

from functions.shared.kernel.clock import Clock
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.kernel.notifications.notify import Event, notification_of


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
