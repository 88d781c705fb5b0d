"""What analytics is given."""

from pydantic import Field

from functions.shared.kernel.circuits.settings import CircuitSettings
from functions.shared.networks.registry.settings import NetworkSettings


class Settings(CircuitSettings, NetworkSettings):
    """The engine's settings, the tables, where the networks are, and how posts are counted.

    `learning_age_hours` is the age at which the rates of posts are compared: at 48 hours most of what a post will
    earn is there. `metrics_retention_days` is how long time series and daily roll-ups are kept: the longest period that
    is shown, 90 days, and the one before it must be whole. What was learned is kept for as long as it counts.
    """

    content_metadata_table: str
    accounts_table: str
    metrics_table: str
    learning_age_hours: float = Field(default=48.0, ge=0, le=24 * 28)
    metrics_retention_days: int = Field(default=400, ge=181)
