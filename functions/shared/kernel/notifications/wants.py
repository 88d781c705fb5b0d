"""Which events of success an organisation's webhooks want: asked once a minute, not for each event. Decision 0027."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEPT = timedelta(minutes=1)
"""How long a process goes by what it has read: an event that is wanted anew begins within this time."""

_MOST_REMEMBERED = 1000

Read = Callable[[str], frozenset[str]]
"""Reads what an organisation wants from where its settings keep it."""


@dataclass
class Wants:
    """What this process knows of each organisation's wants, and since when."""

    known: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)

    def has(self, org_id: str, kind: str, *, read: Read, now: datetime) -> bool:
        """Whether any webhook of the organisation wants events of this kind."""
        since, kinds = self.known.get(org_id, (None, frozenset[str]()))
        if since is None or not now - KEPT < since <= now:
            if len(self.known) >= _MOST_REMEMBERED:
                self.known.clear()
            kinds = read(org_id)
            self.known[org_id] = (now, kinds)
        return kind in kinds
