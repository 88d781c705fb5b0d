"""What the content generator is given."""

from functions.shared.ai.choose import ModelSettings
from functions.shared.settings import EngineSettings


class Settings(EngineSettings, ModelSettings):
    """The engine's and the model's settings, and where variants are kept."""

    content_metadata_table: str
