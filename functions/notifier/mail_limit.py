"""Mails within what an address may get in an hour; what exceeds it is in the list only. Decision 0037.

What was not mailed is gathered as failures of one cause are: each joins a group in the transaction that ends its
delivery, and the group's leader is the one later mail, which tells their number.
"""

import hashlib
from datetime import datetime

from functions.notifier import progress
from functions.notifier.mailboxes.store import MAILS_AN_HOUR
from functions.notifier.services import Services
from functions.shared.kernel.errors import PermanentError, RateLimited
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.confirming import CODES_AN_HOUR
from functions.shared.kernel.notifications.model import Delivery, Group, Notification, NotificationKind, Together
from functions.shared.kernel.notifications.notify import Event, notification_of

_WHY = f"the address got {MAILS_AN_HOUR} mails within the hour; a later one tells how many are in the list only"
_NO_MORE_CODES = f"the address got {CODES_AN_HOUR} codes, or {MAILS_AN_HOUR} mails, within the hour; ask for one later"


def over_limit(held: Notification, position: int, services: Services) -> Notification | None:
    """The notification after a mail that may not be sent now; None when it may, and then it counts as sent."""
    delivery = held.deliveries[position]
    if delivery.channel != "email":
        return None
    is_code = held.kind is NotificationKind.EMAIL_CONFIRMATION
    purpose, most = ("code", CODES_AN_HOUR) if is_code else ("notice", MAILS_AN_HOUR)
    now = services.clock()
    free_at = services.mailboxes.take(delivery.target, purpose=purpose, most=most, now=now)
    if free_at is None:
        return None
    log.info(
        "mail not sent: its address got enough",
        action="mail_limited",
        org_id=held.org_id,
        notification_id=held.notification_id,
        kind=held.kind,
    )
    if is_code:
        return _ended(held, position, progress.failed(delivery, PermanentError(_NO_MORE_CODES), now=now), services)
    if held.kind is NotificationKind.MAILS_HELD_BACK:
        later = progress.failed(delivery, RateLimited(_WHY, retry_at=free_at), now=now)
        return _ended(held, position, later, services)
    return _held_back(held, position, free_at, services)


def _ended(held: Notification, position: int, delivery: Delivery, services: Services) -> Notification:
    after = progress.with_delivery(held, position, delivery)
    services.store.record(held, after)
    return after


def _held_back(held: Notification, position: int, free_at: datetime, services: Services) -> Notification:
    """End the delivery, and count it among those the later mail tells of."""
    delivery = held.deliveries[position]
    ended = progress.failed(delivery, PermanentError(_WHY), now=services.clock())
    after = progress.with_delivery(held, position, ended)
    cause = f"mails:{hashlib.sha256(delivery.target.encode()).hexdigest()[:32]}"
    last = services.store.group(held.org_id, cause)
    if last is not None and last.closed_at is None:
        together = last.together.model_copy(update={"count": last.together.count + held.count})
        group = last.model_copy(update={"together": together, "version": last.version + 1})
    else:
        version = last.version + 1 if last else 1
        leader = _leader(held.org_id, delivery.target, cause, version, free_at, services)
        together = Together(leader=leader, count=held.count)
        group = Group(org_id=held.org_id, cause=cause, together=together, closes_at=free_at, version=version)
    services.store.gather(held, after, group)
    return after


def _leader(org_id: str, target: str, cause: str, version: int, free_at: datetime, services: Services) -> str:
    """The id of the later mail's notification. Without a group that names it, it tells nothing to nobody."""
    event = Event(
        org_id=org_id,
        event_id=f"{cause}:{version}:{free_at.isoformat()}",
        kind=NotificationKind.MAILS_HELD_BACK,
        at=services.clock(),
        title="Some notifications were not mailed",
        reason=f"an address gets {MAILS_AN_HOUR} mails an hour at most",
        advice="GET /api/notifications lists all of them.",
        link="/api/notifications",
        email=target,
    )
    made = notification_of(event)
    together = Together(leader=made.notification_id, count=0)
    leader = made.model_copy(update={"cause": cause, "together": together, "due_at": free_at})
    if services.store.add(leader, event_id=event.event_id):
        return leader.notification_id
    told = services.store.told(org_id, event.event_id)
    return told.notification_id if told else leader.notification_id
