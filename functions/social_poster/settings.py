"""What the social poster is given."""

from functions.shared.kernel.circuits.settings import CircuitSettings
from functions.shared.networks.registry.settings import AppSettings, PostingSettings
from functions.shared.writing.models.choose import ModelSettings


class Settings(CircuitSettings, ModelSettings, PostingSettings, AppSettings):
    """The engine's, the model's and the networks' settings, and the tables."""

    content_metadata_table: str
    accounts_table: str
    metrics_table: str
