"""What the social poster is given."""

from pydantic import Field

from functions.shared.ai.choose import ModelSettings
from functions.shared.circuits.settings import CircuitSettings


class Settings(CircuitSettings, ModelSettings):
    """The engine's and the model's settings, the tables, and where X is.

    `x_app_secret_id` names the secret with the app's credentials, which renewing tokens needs.
    `x_settle_seconds` is how long after a claim X's timeline must be read before a missing post counts as never made.
    It must be longer than this function may run, or a slow worker's post could still arrive.
    """

    content_metadata_table: str
    accounts_table: str
    metrics_table: str
    x_api_base_url: str = Field(default="https://api.x.com", pattern=r"^https?://[^/\s]+")
    x_app_secret_id: str | None = None
    x_settle_seconds: int = Field(default=180, ge=0)
