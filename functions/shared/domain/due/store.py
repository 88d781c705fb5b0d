"""The port to the index of what is due, which accounts and organisations enter as they are stored."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from functions.shared.domain.due.model import Due, Plan


class DueStore(Protocol):
    """Part of the `accounts` table."""

    def due(self, plan: Plan, *, until: datetime) -> Iterator[list[Due]]:
        """What is due by `until`, page by page from each shard in turn, in each the longest due first."""

    def move_on(self, times: Mapping[Due, datetime], jobs: Mapping[Due, str]) -> None:
        """Store when each is due next, and its job; one that somebody else has moved on stays as it is."""

    def take_in(self, *, now: datetime) -> int:
        """Let some organisations that an earlier version stored, and their accounts, enter the index; how many did.

        Goes on where it stopped, and does nothing once it has been through.
        """
