"""What a scheduled Lambda is told about its tick."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.shared.kernel.clock import Clock
from functions.shared.kernel.tally import Tally


@dataclass(frozen=True, slots=True)
class Tick:
    """One firing of a schedule: delivered twice, or retried, it has the same time and identity."""

    at: datetime
    identity: str


def tick_of(event: Mapping[str, Any], request_id: str, *, clock: Clock) -> Tick:
    """The tick an event stands for.

    EventBridge Scheduler fills in `scheduled_time`. The embedded engine passes its placeholder on literally, and an
    invocation by hand has none: then the invocation is the tick, known by its request id, which Lambda keeps when it
    retries. Its time is the full hour, so that a retry a minute later most likely finds the same.
    """
    scheduled = scheduled_time(event)
    if scheduled is not None:
        return Tick(at=scheduled, identity=scheduled.isoformat())
    return Tick(at=clock().replace(minute=0, second=0, microsecond=0), identity=request_id)


def count_tick(event: Mapping[str, Any], schedule: str, tally: Tally) -> None:
    """Count that a schedule fired, for the alarm on its silence; an invocation by hand says nothing of it."""
    if "scheduled_time" in event:
        tally.count("Ticks", schedule=schedule)


def scheduled_time(event: Mapping[str, Any]) -> datetime | None:
    """When the event's schedule was due; None when the event does not say."""
    value = event.get("scheduled_time")
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
