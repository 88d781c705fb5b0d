"""Which model the settings choose, and where its key comes from."""

import subprocess
import sys

import pytest

from functions.shared.kernel.circuits.breaker import Guard, Unguarded
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.writing.models.choose import ModelSettings, models_from
from functions.shared.writing.models.openai.api_key import NO_KEY, ApiKey
from functions.shared.writing.models.openai.model import OpenAiModel
from functions.shared.writing.models.port import TextRequest
from functions.shared.writing.offline.model import OfflineModel
from tests.support.standins.openai_service import NoBrief, Tea

_REQUEST = TextRequest("Name a tea.", brief=NoBrief(), draft=Tea)


def no_breakers(service: str, base_url: str) -> Guard:
    return Unguarded()


def test_without_settings_the_offline_writer_is_chosen() -> None:
    text, image = models_from(ModelSettings.from_env({}), secrets=MemorySecrets(), breakers=no_breakers)
    assert isinstance(text, OfflineModel)
    assert isinstance(image, OfflineModel)


def test_openai_is_chosen_with_its_settings() -> None:
    settings = ModelSettings.from_env(
        {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1/", "OPENAI_MODEL": "tea-model"}
    )
    text, _ = models_from(settings, secrets=MemorySecrets(), breakers=no_breakers)
    assert isinstance(text, OpenAiModel)
    assert (text.base_url, text.text_model) == ("http://127.0.0.1:9/v1", "tea-model")
    text.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("AI_PROVIDER", "magic"), ("OPENAI_BASE_URL", "models.example"), ("OPENAI_BASE_URL", "ftp://models.example")],
)
def test_a_bad_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(PermanentError, match=name):
        ModelSettings.from_env({name: value})


def test_a_missing_key_fails_the_request_with_the_command_that_fixes_it() -> None:
    settings = ModelSettings.from_env({"AI_PROVIDER": "openai", "OPENAI_SECRET_ID": "flywheel/openai"})
    text, _ = models_from(settings, secrets=MemorySecrets(), breakers=no_breakers)
    assert isinstance(text, OpenAiModel)
    error = text.generate_text(_REQUEST).error
    text.close()
    assert isinstance(error, PermanentError)
    assert "put-secret-value --secret-id flywheel/openai" in error.reason


def test_a_missing_secret_id_is_named() -> None:
    with pytest.raises(PermanentError, match="OPENAI_SECRET_ID"):
        ApiKey(MemorySecrets(), None, required=True).current()


def test_another_service_may_do_without_a_key() -> None:
    assert ApiKey(MemorySecrets(), "flywheel/openai", required=False).current() == NO_KEY
    assert ApiKey(MemorySecrets(), None, required=False).current() == NO_KEY


@pytest.mark.parametrize("key", ["sk-öne", "sk one", "sk-one\nsk-two"])
def test_what_cannot_be_a_key_is_told_without_showing_it(key: str) -> None:
    secrets = MemorySecrets()
    secrets.put("flywheel/openai", {"api_key": key})
    with pytest.raises(PermanentError, match="flywheel/openai") as raised:
        ApiKey(secrets, "flywheel/openai", required=True).current()
    assert key not in str(raised.value)


def test_the_key_is_read_once_and_again_only_when_renewed() -> None:
    secrets = MemorySecrets()
    secrets.put("flywheel/openai", {"api_key": " sk-one\n"})
    key = ApiKey(secrets, "flywheel/openai", required=True)
    assert key.current() == "sk-one"
    secrets.put("flywheel/openai", {"api_key": "sk-two"})
    assert key.current() == "sk-one"
    assert key.renew()
    assert key.current() == "sk-two"
    assert not key.renew()


@pytest.mark.parametrize(
    ("settings", "unwanted"),
    [
        ("ModelSettings()", "openai"),
        ("ModelSettings(ai_provider='openai')", "functions.shared.writing.offline.model"),
    ],
)
def test_only_the_writer_that_is_chosen_is_imported(settings: str, unwanted: str) -> None:
    program = (
        "import sys; from functions.shared.writing.models.choose import ModelSettings, models_from;"
        f"models_from({settings}, secrets=None, breakers=lambda *_: None); sys.exit({unwanted!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
