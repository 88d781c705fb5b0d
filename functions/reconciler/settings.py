"""What the reconciler is given."""

import json

from pydantic import Field, field_validator

from functions.shared.kernel.schedules.settings import TimerSettings


class Settings(TimerSettings):
    """The engine's and the timers' settings, and how often the reconciler runs."""

    reconcile_every_seconds: int = Field(default=60, gt=0)
    counted_queues: dict[str, list[str]] = Field(default_factory=dict, description="names of queues by their figure")

    @field_validator("counted_queues", mode="before")
    @classmethod
    def _decode_counted_queues(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value
