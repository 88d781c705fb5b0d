"""What the reconciler is given."""

from pydantic import Field

from functions.shared.kernel.schedules.settings import TimerSettings


class Settings(TimerSettings):
    """The engine's and the timers' settings, and how often the reconciler runs."""

    reconcile_every_seconds: int = Field(default=60, gt=0)
