"""Notifications in memory, with the contract of the real store."""

from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.kernel.notifications.model import Group, Notification, Preferences
from functions.shared.kernel.notifications.store import DueNotice, NoticeConflict, notice_shard


@dataclass
class MemoryNotificationStore:
    """Implements NotificationStore in dictionaries."""

    stored: dict[tuple[str, str], Notification] = field(default_factory=dict)
    events: dict[tuple[str, str], str] = field(default_factory=dict)
    chosen: dict[str, Preferences] = field(default_factory=dict)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)

    def add(self, notification: Notification, *, event_id: str) -> bool:
        if (notification.org_id, event_id) in self.events:
            return False
        self.events[notification.org_id, event_id] = notification.notification_id
        self.put(notification)
        return True

    def told(self, org_id: str, event_id: str) -> Notification | None:
        notification_id = self.events.get((org_id, event_id))
        return None if notification_id is None else self.get(org_id, notification_id)

    def put(self, notification: Notification) -> None:
        """Store what came with another write."""
        self.stored[notification.org_id, notification.notification_id] = notification

    def get(self, org_id: str, notification_id: str) -> Notification | None:
        return self.stored.get((org_id, notification_id))

    def newest(
        self, org_id: str, *, unread_only: bool = False, limit: int = 50, before: str | None = None
    ) -> tuple[list[Notification], str | None]:
        found = sorted(
            (
                each
                for each in self.stored.values()
                if each.org_id == org_id
                and (before is None or each.notification_id < before)
                and not (unread_only and each.read_at)
            ),
            key=lambda each: each.notification_id,
            reverse=True,
        )
        page = found[:limit]
        return page, page[-1].notification_id if len(found) > limit else None

    def unread_count(self, org_id: str) -> int:
        return sum(1 for each in self.stored.values() if each.org_id == org_id and each.read_at is None)

    def mark_read(self, org_id: str, notification_ids: list[str], *, at: datetime) -> None:
        for notification_id in notification_ids:
            found = self.get(org_id, notification_id)
            if found is not None and found.read_at is None:
                self.put(found.model_copy(update={"read_at": at}))

    def record(self, before: Notification, after: Notification) -> None:
        stored = self.get(before.org_id, before.notification_id)
        if stored is None or stored.version != before.version:
            raise NoticeConflict(before.notification_id)
        self.put(after.model_copy(update={"read_at": stored.read_at}))

    def group(self, org_id: str, cause: str) -> Group | None:
        return self.groups.get((org_id, cause))

    def gather(self, before: Notification, after: Notification, group: Group) -> None:
        stored = self.group(group.org_id, group.cause)
        if group.version != (stored.version if stored else 0) + 1:
            raise NoticeConflict(group.cause)
        self.record(before, after)
        self.groups[group.org_id, group.cause] = group

    def due(self, shard: str, *, until: datetime, limit: int) -> list[DueNotice]:
        found = [
            DueNotice(each.org_id, each.notification_id, each.due_at)
            for each in self.stored.values()
            if each.due_at is not None and each.due_at <= until and notice_shard(each.org_id) == shard
        ]
        return sorted(found, key=lambda notice: (notice.due_at, notice.notification_id))[:limit]

    def postpone(self, notice: DueNotice, *, due_at: datetime) -> None:
        stored = self.get(notice.org_id, notice.notification_id)
        if stored is not None and stored.due_at == notice.due_at:
            self.put(stored.model_copy(update={"due_at": due_at}))

    def preferences(self, org_id: str) -> Preferences:
        return self.chosen.get(org_id, Preferences())

    def save_preferences(self, org_id: str, before: Preferences, after: Preferences) -> None:
        if self.preferences(org_id).version != before.version:
            raise NoticeConflict(org_id)
        self.chosen[org_id] = after.model_copy(update={"version": before.version + 1})
