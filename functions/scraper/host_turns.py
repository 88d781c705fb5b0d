"""When the fetches of one planner tick may begin, so that no website is asked for everything at once."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from functions.shared.domain.context.model import Source

APART = timedelta(seconds=10)
"""Between two fetches of one host, unless its robots.txt asks for longer."""

LAST_TURN_WITHIN = timedelta(minutes=5)
"""Of the tick's beginning: then the next tick comes, and what found no turn is still due. It is a third of the
shortest time between two fetches of a source."""

_USUAL_PORTS = (None, 80, 443)


class HostTurns:
    """Gives each further source of a host, of whatever organisation, a later time to be fetched at."""

    def __init__(self, began: datetime) -> None:
        self._ends = began + LAST_TURN_WITHIN
        self._apart: dict[str, timedelta] = {}
        self._last_turn: dict[str, datetime] = {}

    def next_turn(self, source: Source, *, now: datetime) -> datetime | None:
        """When the source may be fetched; None when this tick has no turn left for its host."""
        host = host_of(source.url)
        apart = max(self._apart.get(host, APART), timedelta(seconds=source.crawl_delay or 0))
        self._apart[host] = apart
        before = self._last_turn.get(host)
        turn = now if before is None else max(now, before + apart)
        if before is not None and turn + apart > self._ends:
            return None
        self._last_turn[host] = turn
        return turn


def host_of(url: str) -> str:
    """The host whose sources take turns, with its port unless that is a usual one; http and https are one."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
    except ValueError:
        return url
    name = (name or url).rstrip(".")
    return name if port in _USUAL_PORTS else f"{name}:{port}"
