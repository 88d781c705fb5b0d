"""The port to where sources are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.context.model import Source
from functions.shared.domain.limits import MOST_SOURCES


@dataclass(frozen=True, slots=True)
class DueSource:
    """An entry of the `due` index, which lags behind the table: read the source before acting on it."""

    org_id: str
    source_id: str
    due_at: datetime


class SourceStore(Protocol):
    """Sources. Reads are consistent, except of what is due."""

    def add(self, source: Source, *, limit: int = MOST_SOURCES) -> None:
        """Store a new source, replacing one of the same id; raises LimitReached for another beyond `limit`."""

    def get(self, org_id: str, source_id: str) -> Source | None:
        """One source."""

    def of_org(self, org_id: str) -> list[Source]:
        """The organisation's sources, oldest first."""

    def replace(self, before: Source, after: Source) -> Source:
        """Store `after` under the next version, which is returned, if the stored version is still that of `before`.

        Raises Overtaken; also when the source is gone.
        """

    def delete(self, org_id: str, source_id: str) -> None:
        """Forget a source; nothing happens when there is none. Its items stay."""

    def due(self, *, until: datetime, limit: int) -> list[DueSource]:
        """Enabled sources whose next fetch is due by `until`, over all organisations, the longest due first."""
