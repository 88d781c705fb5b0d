"""Takes a notification for delivery, together with the others of its cause. Decision 0020.

The first failure of a cause opens a group and waits for others. Those that come while it waits are told with it: each
joins in one transaction with the group, so that nobody is counted twice or left out. When the time is over, the
group is closed in the transaction that takes its leader for delivery; whoever dies before leaves the group open, and
the index of due notifications brings the leader back. From then on the leader is delivered as any other, once.
"""

from datetime import datetime, timedelta

from functions.notifier import progress
from functions.notifier.services import Services
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.model import Group, Notification, Preferences, Together

FURTHER = timedelta(seconds=570)
"""How long a group waits that follows another one: both together tell of a quarter of an hour in two messages."""

_FOLLOWS = timedelta(hours=1)
_LATEST = timedelta(minutes=12)
_LEAST = timedelta(seconds=30)
_MOST_LINKS = 5


def take(found: Notification, preferences: Preferences, *, services: Services) -> Notification | None:
    """The notification, taken for delivery; None when it waits for others, or is told with another.

    Raises NoticeConflict when another worker was quicker.
    """
    if found.claims:
        return _claim(found, preferences, services)
    if found.is_leader:
        return _end_waiting(found, preferences, services)
    group = _group_for(found, preferences, services)
    if group is None:
        return _claim(found, preferences, services)
    own = group.together.leader == found.notification_id
    due_at = group.closes_at if own else None
    after = progress.changed(found, together=group.together if own else _told_with(group), due_at=due_at)
    services.store.gather(found, after, group)
    log.info(
        "told with others of its cause",
        action="notice_gathered",
        org_id=found.org_id,
        notification_id=found.notification_id,
        leader=group.together.leader,
        count=group.together.count,
    )
    return None


def _group_for(found: Notification, preferences: Preferences, services: Services) -> Group | None:
    """The group that the notification opens or joins; None when it is told alone."""
    now = services.clock()
    if found.cause is None or not services.wait or not progress.planned(found, preferences, now):
        return None
    group = services.store.group(found.org_id, found.cause)
    if group is not None and group.closed_at is None:
        return _joined(group, found)
    return _opened(found, found.cause, group, services.wait, now)


def _opened(found: Notification, cause: str, last: Group | None, wait: timedelta, now: datetime) -> Group:
    follows = last is not None and last.closed_at is not None and last.closed_at > now - _FOLLOWS
    wanted = min(now + (FURTHER if follows else wait), found.created_at + _LATEST)
    return Group(
        org_id=found.org_id,
        cause=cause,
        together=Together(leader=found.notification_id, links=(found.link,)),
        closes_at=max(wanted, now + _LEAST),
        version=last.version + 1 if last else 1,
    )


def _joined(group: Group, found: Notification) -> Group:
    links = (*group.together.links, found.link)[:_MOST_LINKS]
    together = group.together.model_copy(update={"count": group.together.count + 1, "links": links})
    return group.model_copy(update={"together": together, "version": group.version + 1})


def _told_with(group: Group) -> Together:
    return Together(leader=group.together.leader)


def _end_waiting(leader: Notification, preferences: Preferences, services: Services) -> Notification | None:
    """Close the leader's group and take it; None while it is not time."""
    now = services.clock()
    group = services.store.group(leader.org_id, leader.cause or "")
    if group is None or group.together.leader != leader.notification_id:
        return _claim(leader, preferences, services)
    if group.closes_at > now:
        if leader.due_at != group.closes_at:
            services.store.record(leader, progress.changed(leader, due_at=group.closes_at))
        return None
    after = progress.claimed(leader.model_copy(update={"together": group.together}), preferences, now=now)
    closed = group.model_copy(update={"closed_at": now, "version": group.version + 1})
    services.store.gather(leader, after, closed)
    return after


def _claim(found: Notification, preferences: Preferences, services: Services) -> Notification:
    after = progress.claimed(found, preferences, now=services.clock())
    services.store.record(found, after)
    return after
