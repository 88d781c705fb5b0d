"""What analytics is given."""

from pydantic import Field

from functions.shared.circuits.settings import CircuitSettings


class Settings(CircuitSettings):
    """The engine's settings, the tables, where X is, and how posts are counted.

    `learning_age_hours` is the age at which the rates of posts are compared: at 48 hours most of what a post will
    earn is there. `metrics_retention_days` is how long time series and daily roll-ups are kept: the longest period that
    is shown, 90 days, and the one before it must be whole. What was learned is kept for as long as it counts.
    """

    content_metadata_table: str
    accounts_table: str
    metrics_table: str
    x_api_base_url: str = Field(default="https://api.x.com", pattern=r"^https?://[^/\s]+")
    learning_age_hours: float = Field(default=48.0, ge=0, le=24 * 28)
    metrics_retention_days: int = Field(default=400, ge=181)
