"""Everything a tick needs, as one argument."""

from dataclasses import dataclass
from datetime import timedelta

from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.schedules.store import ScheduleStore


@dataclass(frozen=True, slots=True)
class Services:
    """Where schedules are, and what makes jobs of their ticks; a tick later than `grace` counts as missing."""

    schedules: ScheduleStore
    engine: Engine
    grace: timedelta
