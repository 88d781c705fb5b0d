"""What the content generator is given."""

from functions.shared.ai.choose import ModelSettings
from functions.shared.circuits.settings import CircuitSettings


class Settings(CircuitSettings, ModelSettings):
    """The engine's and the model's settings, where variants are kept, and what they are written with."""

    content_metadata_table: str
    context_table: str
    metrics_table: str
