"""What the content generator is given."""

from functions.shared.ai.choose import ModelSettings
from functions.shared.circuits.settings import CircuitSettings


class Settings(CircuitSettings, ModelSettings):
    """The engine's and the model's settings, and where variants are kept."""

    content_metadata_table: str
