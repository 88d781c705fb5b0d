"""Sources in memory, with the contract of the real store."""

from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.domain.context.model import Source
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.domain.context.sources.store import DueSource
from functions.shared.domain.limits import MOST_SOURCES
from functions.shared.kernel.store.counted import LimitReached


@dataclass
class MemorySources:
    """Sources in a dictionary."""

    stored: dict[tuple[str, str], Source] = field(default_factory=dict)

    def add(self, source: Source, *, limit: int = MOST_SOURCES) -> None:
        is_new = (source.org_id, source.source_id) not in self.stored
        if is_new and len(self.of_org(source.org_id)) >= limit:
            raise LimitReached("sources", limit)
        self.stored[source.org_id, source.source_id] = source

    def get(self, org_id: str, source_id: str) -> Source | None:
        return self.stored.get((org_id, source_id))

    def of_org(self, org_id: str) -> list[Source]:
        return [source for (org, _), source in sorted(self.stored.items(), key=lambda each: each[0]) if org == org_id]

    def replace(self, before: Source, after: Source) -> Source:
        stored = self.get(before.org_id, before.source_id)
        if stored is None or stored.version != before.version:
            raise Overtaken
        written = after.model_copy(update={"version": before.version + 1})
        self.stored[after.org_id, after.source_id] = written
        return written

    def delete(self, org_id: str, source_id: str) -> None:
        self.stored.pop((org_id, source_id), None)

    def due(self, *, until: datetime, limit: int) -> list[DueSource]:
        found = [
            DueSource(source.org_id, source.source_id, source.next_fetch_at)
            for source in self.stored.values()
            if source.enabled and source.next_fetch_at is not None and source.next_fetch_at <= until
        ]
        return sorted(found, key=lambda due: (due.due_at, due.org_id, due.source_id))[:limit]
