"""Schedules and EventBridge Scheduler in memory, with the same contract as the real ones."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.schedules.model import Schedule
from functions.shared.kernel.schedules.store import Overtaken, TooManySchedules, schedule_shard


@dataclass
class MemoryScheduleStore:
    """Schedules in a dictionary."""

    stored: dict[tuple[str, str], Schedule] = field(default_factory=dict)

    def add(self, schedule: Schedule, *, limit: int) -> None:
        if sum(not each.deleted for each in self.of_org(schedule.org_id)) >= limit:
            raise TooManySchedules
        self.stored[schedule.org_id, schedule.schedule_id] = schedule

    def get(self, org_id: str, schedule_id: str) -> Schedule | None:
        return self.stored.get((org_id, schedule_id))

    def of_org(self, org_id: str) -> list[Schedule]:
        return [schedule for (org, _), schedule in sorted(self.stored.items()) if org == org_id]

    def replace(self, before: Schedule, after: Schedule) -> Schedule:
        stored = self.get(before.org_id, before.schedule_id)
        if stored is None or stored.version != before.version:
            raise Overtaken
        written = replace(after, version=before.version + 1)
        self.stored[after.org_id, after.schedule_id] = written
        return written

    def remove(self, schedule: Schedule) -> None:
        stored = self.get(schedule.org_id, schedule.schedule_id)
        if stored is not None and stored.deleted:
            del self.stored[schedule.org_id, schedule.schedule_id]

    def due(self, shard: int, *, until: datetime, limit: int) -> list[tuple[str, str]]:
        found = [
            (each.due_at, each.org_id, each.schedule_id)
            for each in self.stored.values()
            if each.due_at is not None and each.due_at <= until and schedule_shard(each.schedule_id) == shard
        ]
        return [(org_id, schedule_id) for _, org_id, schedule_id in sorted(found)[:limit]]


@dataclass
class MemoryTimers:
    """Timers by schedule id; `trouble` is raised instead when set."""

    running: dict[str, Schedule] = field(default_factory=dict)
    trouble: FlywheelError | None = None

    def put(self, schedule: Schedule) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.running[schedule.schedule_id] = schedule

    def remove(self, schedule_id: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.running.pop(schedule_id, None)
