"""Tells an organisation's users about an event, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.log import log
from functions.shared.kernel.masking import mask_text
from functions.shared.kernel.notifications.causes import cause_of
from functions.shared.kernel.notifications.model import (
    MAX_REASON,
    SUCCESSES,
    TO_ONE_ADDRESS,
    Notification,
    NotificationKind,
)
from functions.shared.kernel.notifications.store import NotificationStore

_READ_ALREADY = SUCCESSES | TO_ONE_ADDRESS - {NotificationKind.WEBHOOK_TEST}


@dataclass(frozen=True, slots=True)
class Event:
    """Something users must hear of. Two events with the same `event_id` are one, whatever else they say.

    `link` and `retry_url` are paths of the API; `advice` says what to do. `webhook_id`, or `email`, is the only address
    to be told.
    `about` is for failures of which those of one cause are told together: what failed, in the plural, as in "sources".
    `names` are those of the single case, which differ where the cause is one.
    `details` are for programs: ids and addresses. Events of success need nobody to read them, and count as read.
    """

    org_id: str
    event_id: str
    kind: NotificationKind
    at: datetime
    title: str
    reason: str
    advice: str
    link: str
    retry_url: str | None = None
    webhook_id: str | None = None
    email: str | None = None
    about: str | None = None
    names: tuple[str, ...] = ()
    details: Mapping[str, str] | None = None


def notify(event: Event, *, store: NotificationStore) -> bool:
    """Record the event for its organisation; False when it was recorded before. The reconciler has it delivered."""
    notification = notification_of(event)
    is_new = store.add(notification, event_id=event.event_id)
    if is_new:
        log.info(
            "users are told",
            action="notification_added",
            org_id=event.org_id,
            notification_id=notification.notification_id,
            kind=event.kind,
        )
    return is_new


def notification_of(event: Event) -> Notification:
    """The notification of an event, due for delivery at once."""
    reason = mask_text(event.reason)
    return Notification(
        org_id=event.org_id,
        notification_id=derived_id(event.at, "notification", event.org_id, event.event_id),
        kind=event.kind,
        created_at=event.at,
        title=event.title,
        reason=reason[:MAX_REASON],
        advice=event.advice,
        link=event.link,
        retry_url=event.retry_url,
        webhook_id=event.webhook_id,
        email=event.email,
        about=event.about,
        details=event.details,
        read_at=event.at if event.kind in _READ_ALREADY else None,
        cause=None if event.about is None else cause_of(event.kind, event.about, reason, event.names),
        due_at=event.at,
    )
