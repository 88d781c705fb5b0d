from pathlib import Path

import pytest

from ops.deploy import digest_of, stack_settings
from ops.deployment import Deployment


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("app.py", "cdk.json", "pyproject.toml", "uv.lock", "package-lock.json"):
        (tmp_path / name).write_text(name)
    for name in ("functions", "infra"):
        (tmp_path / name / "__pycache__").mkdir(parents=True)
        (tmp_path / name / "code.py").write_text("1")
    return tmp_path


def test_equal_sources_and_settings_need_no_new_synthesis(repository: Path) -> None:
    before = digest_of({"A": "1", "B": "2"}, repository)
    (repository / "functions" / "__pycache__" / "code.pyc").write_bytes(b"compiled")
    (repository / "README.md").write_text("more")

    assert digest_of({"B": "2", "A": "1"}, repository) == before


@pytest.mark.parametrize("changed", ["app.py", "uv.lock", "functions/code.py", "infra/code.py", "functions/new.py"])
def test_a_changed_source_needs_a_new_synthesis(repository: Path, changed: str) -> None:
    before = digest_of({}, repository)
    (repository / changed).write_text("2")

    assert digest_of({}, repository) != before


def test_a_changed_setting_needs_a_new_synthesis(repository: Path) -> None:
    assert digest_of({"A": "1"}, repository) != digest_of({"A": "2"}, repository)


def test_the_operators_settings_override_those_of_one_machine(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, 4700, settings={"FLYWHEEL_MARKET_SAMPLE_FALLBACK": "false", "FLYWHEEL_X": "1"})

    assert stack_settings(deployment) == {
        "FLYWHEEL_BUNDLE_PLATFORM": "host",
        "FLYWHEEL_LOOPBACK_SOURCES": "127.0.0.1,localhost",
        "FLYWHEEL_MARKET_SAMPLE_FALLBACK": "false",
        "FLYWHEEL_CONSOLE_ORIGIN": "http://localhost:4700",
        "FLYWHEEL_SITE_URL": "http://127.0.0.1:4700/{bucket}",
        "FLYWHEEL_STAGE": "dev",
        "FLYWHEEL_X": "1",
    }
