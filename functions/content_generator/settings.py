"""What the content generator is given."""

from functions.shared.settings import EngineSettings


class Settings(EngineSettings):
    """The engine's settings, and where variants are kept."""

    content_metadata_table: str
