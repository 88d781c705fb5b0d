"""What the API is told by its environment."""

from pydantic import Field

from functions.shared.settings import EngineSettings


class ApiSettings(EngineSettings):
    """The engine's settings and the tables the API reads."""

    content_metadata_table: str
    accounts_table: str
    account_secret_prefix: str = Field(description="names of accounts' secrets begin with it")
