"""What the reconciler is given."""

from pydantic import Field

from functions.shared.settings import EngineSettings


class Settings(EngineSettings):
    """The engine's settings, and how often the reconciler runs."""

    reconcile_every_seconds: int = Field(default=60, gt=0)
