"""What the scraper is given."""

from pydantic import Field

from functions.shared.domain.context.sources.settings import SourceSettings
from functions.shared.kernel.settings import EngineSettings


class Settings(EngineSettings, SourceSettings):
    """The engine's and the sources' settings, the accounts' table, where documents are uploaded, and limits.

    `fetch_contact` is a page or an address for those who wonder who reads their website. An item of a source expires so
    many days after it was last saved.
    """

    accounts_table: str
    uploads_bucket: str
    fetch_contact: str | None = Field(default=None, pattern=r"^[\x21-\x7e]{1,200}$")
    context_retention_days: int = Field(default=365, ge=1)
    sources_per_tick: int = Field(default=500, ge=1)
    sources_per_org_and_tick: int = Field(default=100, ge=1)
