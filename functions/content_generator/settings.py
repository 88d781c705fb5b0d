"""What the content generator is given."""

from functions.shared.kernel.circuits.settings import CircuitSettings
from functions.shared.writing.models.choose import ModelSettings


class Settings(CircuitSettings, ModelSettings):
    """The engine's and the model's settings, where variants are kept, and what they are written with."""

    content_metadata_table: str
    context_table: str
    metrics_table: str
