"""Which model a deployment writes with, from its settings."""

import re
from typing import Literal

from pydantic import Field, field_validator

from functions.shared.kernel.circuits.settings import Breakers
from functions.shared.kernel.settings import EnvSettings
from functions.shared.writing.models.openai.api_key import ApiKey, SecretReader
from functions.shared.writing.models.port import ImageModel, TextModel

OFFICIAL_BASE_URL = "https://api.openai.com/v1"
_HTTP_URL = re.compile(r"https?://[^/\s]+(/\S*)?")


class ModelSettings(EnvSettings):
    """What every Lambda that asks a model is given."""

    ai_provider: Literal["offline", "openai"] = "offline"
    openai_secret_id: str | None = None
    openai_base_url: str = OFFICIAL_BASE_URL
    openai_model: str = Field(default="gpt-5.4-mini", description="any model with structured output")
    openai_image_model: str = Field(default="gpt-image-2.5-flare", description="any model that answers with base64")

    @field_validator("openai_base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not _HTTP_URL.fullmatch(value):
            raise ValueError("must be an http or https URL")
        return value.rstrip("/")


def models_from(settings: ModelSettings, *, secrets: SecretReader, breakers: Breakers) -> tuple[TextModel, ImageModel]:
    """The text model and the image model.

    The API key is read from its secret at the first request, so that a missing key fails jobs with a reason the user
    sees, and not the function. At a base URL other than OpenAI's own a key is sent if the secret has one.
    """
    # Each is imported only where it is chosen: `openai` takes most of a second to import.
    if settings.ai_provider == "offline":
        from functions.shared.writing.offline.model import OfflineModel  # noqa: PLC0415

        offline = OfflineModel()
        return offline, offline
    from functions.shared.writing.models.openai.model import OpenAiModel  # noqa: PLC0415

    model = OpenAiModel(
        key=ApiKey(secrets, settings.openai_secret_id, required=settings.openai_base_url == OFFICIAL_BASE_URL),
        base_url=settings.openai_base_url,
        text_model=settings.openai_model,
        image_model=settings.openai_image_model,
        circuit=breakers("the language model", settings.openai_base_url),
    )
    return model, model
