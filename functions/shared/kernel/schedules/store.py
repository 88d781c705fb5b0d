"""The port to where schedules are kept."""

import zlib
from datetime import datetime
from typing import Protocol

from functions.shared.kernel.schedules.model import Schedule

SCHEDULE_SHARDS = 4


def schedule_shard(schedule_id: str) -> int:
    """The shard of the reconciler's index a schedule lies in."""
    return zlib.crc32(schedule_id.encode()) % SCHEDULE_SHARDS


class Overtaken(Exception):
    """The stored schedule is not the version the writer saw, so nothing was written."""


class TooManySchedules(Exception):
    """The organisation has as many schedules as it may have; nothing was written."""


class ScheduleStore(Protocol):
    """The schedules of the `jobs` table. Reads of one organisation are consistent."""

    def add(self, schedule: Schedule, *, limit: int) -> None:
        """Store a new schedule, once; raises TooManySchedules when the organisation has `limit`."""

    def get(self, org_id: str, schedule_id: str) -> Schedule | None:
        """One schedule, also one that is being deleted."""

    def of_org(self, org_id: str) -> list[Schedule]:
        """The organisation's schedules, oldest first, with those being deleted."""

    def replace(self, before: Schedule, after: Schedule) -> Schedule:
        """Write `after` with the next version if `before` is still stored; returns what was stored.

        Raises Overtaken. A deletion makes room for another schedule.
        """

    def remove(self, schedule: Schedule) -> None:
        """Forget a schedule marked as deleted; nothing happens if it is gone."""

    def due(self, shard: int, *, until: datetime, limit: int) -> list[tuple[str, str]]:
        """Organisation and schedule ids to look at by `until`, the longest due first; may lag by seconds."""
