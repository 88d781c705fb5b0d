"""What the page generator is given."""

from pydantic import Field

from functions.shared.kernel.circuits.settings import CircuitSettings
from functions.shared.writing.models.choose import ModelSettings

_URL = r"^https?://[^/\s]+"


class Settings(CircuitSettings, ModelSettings):
    """The settings of engine and models, the tables, where the site is, and where markets are read.

    `market_sample_fallback` lets pages be made of a bundled sample, marked as such, while Polymarket is out of reach.
    """

    content_metadata_table: str
    accounts_table: str
    context_table: str
    site_bucket: str
    site_url: str = Field(pattern=_URL)
    polymarket_base_url: str = Field(default="https://gamma-api.polymarket.com", pattern=_URL)
    market_sample_fallback: bool = False
    pages_per_run: int = Field(default=5, ge=1, le=50)
