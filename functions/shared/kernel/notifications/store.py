"""The port to where notifications are kept: beside the jobs, so that a failure and its notification are one write."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.kernel.notifications.model import Group, Notification, Preferences

NOTICE_SHARDS = 4


def notice_shard(org_id: str) -> str:
    """The shard of the `due` index an organisation's notifications lie in; jobs have shards of their own."""
    return f"notices-{zlib.crc32(org_id.encode()) % NOTICE_SHARDS}"


def notice_shards() -> list[str]:
    """Every shard of notifications."""
    return [f"notices-{number}" for number in range(NOTICE_SHARDS)]


class NoticeConflict(Exception):
    """What is stored is not as the writer saw it; nothing was written."""


@dataclass(frozen=True, slots=True)
class DueNotice:
    """An entry of the index: a notification a worker must look at."""

    org_id: str
    notification_id: str
    due_at: datetime


class NotificationStore(Protocol):
    """Notifications and each organisation's preferences. Reads are consistent, except of what is due."""

    def add(self, notification: Notification, *, event_id: str) -> bool:
        """Store it unread, unless the organisation has one for this event; returns whether it is new."""

    def told(self, org_id: str, event_id: str) -> Notification | None:
        """The notification of an event that the organisation was told of."""

    def get(self, org_id: str, notification_id: str) -> Notification | None:
        """One notification."""

    def newest(
        self, org_id: str, *, unread_only: bool = False, limit: int = 50, before: str | None = None
    ) -> tuple[list[Notification], str | None]:
        """Newest first, with the id to continue before, or None at the end."""

    def unread_count(self, org_id: str) -> int:
        """How many the organisation has not read."""

    def mark_read(self, org_id: str, notification_ids: list[str], *, at: datetime) -> None:
        """Mark as read; those that are read already, or do not exist, are left alone."""

    def record(self, before: Notification, after: Notification) -> None:
        """Store how far the delivery of `after` is, if its version is still that of `before`, else NoticeConflict.

        Whether it was read is left as it is.
        """

    def group(self, org_id: str, cause: str) -> Group | None:
        """The latest group of failures of this cause."""

    def gather(self, before: Notification, after: Notification, group: Group) -> None:
        """`record` and store the group in one transaction, if its version is the next one, else NoticeConflict."""

    def due(self, shard: str, *, until: datetime, limit: int) -> list[DueNotice]:
        """What is due by `until` in one shard, the longest due first."""

    def postpone(self, notice: DueNotice, *, due_at: datetime) -> None:
        """Let the reconciler look again at `due_at`; nothing happens when a worker has moved it on."""

    def preferences(self, org_id: str) -> Preferences:
        """The organisation's preferences; empty when it has none."""

    def save_preferences(self, org_id: str, before: Preferences, after: Preferences) -> None:
        """Replace the preferences, if they are still `before`, else NoticeConflict."""
