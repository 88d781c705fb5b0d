"""Mailboxes in memory, with the contract of the real ones."""

from dataclasses import dataclass, field
from datetime import datetime

from functions.notifier.mailboxes.store import mailbox_of, taken


@dataclass
class MemoryMailboxes:
    """Implements Mailboxes in a dictionary."""

    sent: dict[str, list[str]] = field(default_factory=dict)

    def take(self, address: str, *, purpose: str, most: int, now: datetime) -> datetime | None:
        box = mailbox_of(address)
        after = taken(self.sent.get(box, []), purpose=purpose, most=most, now=now)
        if isinstance(after, datetime):
            return after
        self.sent[box] = after
        return None
