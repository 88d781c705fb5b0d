import subprocess
from pathlib import Path

import pytest

from ops.setup import VENV, failure, for_node, for_uv, sync_commands
from ops.tools import REPOSITORY


@pytest.mark.parametrize(
    "output",
    [
        "Temporary failure in name resolution",
        "npm error code ENOTFOUND",
        "error: Failed to fetch\n  cause: error sending request for url (https://x/)",
        "NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused",
        "npm error network request failed, reason: connect ETIMEDOUT",
    ],
)
def test_a_registry_out_of_reach_is_said_in_one_sentence(output: str) -> None:
    error = str(failure("uv", f"Traceback\n{output}\n"))

    assert error.startswith("A package registry could not be reached while installing uv.")
    assert "Traceback" not in error


def test_any_other_failure_shows_the_tools_last_lines() -> None:
    error = str(failure("uv", "\n".join(f"line {n}" for n in range(20))))

    assert error.startswith("Installing uv failed:")
    assert "line 19" in error
    assert "line 11" not in error


def test_pips_settings_reach_uv_and_npm_unless_they_have_their_own() -> None:
    pip = {
        "PIP_CERT": "ca.pem",
        "PIP_DEFAULT_TIMEOUT": "180",
        "PIP_INDEX_URL": "https://mirror/simple",
        "VIRTUAL_ENV": "v",
    }

    uv, node = for_uv(pip), for_node(pip)

    assert uv["SSL_CERT_FILE"] == node["NODE_EXTRA_CA_CERTS"] == "ca.pem"
    assert uv["UV_HTTP_TIMEOUT"] == "180"
    assert uv["UV_DEFAULT_INDEX"] == "https://mirror/simple"
    assert "VIRTUAL_ENV" not in uv
    assert for_uv({**pip, "UV_DEFAULT_INDEX": "https://own/"})["UV_DEFAULT_INDEX"] == "https://own/"


def test_whom_the_machine_trusts_is_trusted_unless_its_user_says_otherwise() -> None:
    assert (for_uv({})["UV_SYSTEM_CERTS"], for_node({})["NODE_USE_SYSTEM_CA"]) == ("true", "1")
    assert for_uv({"UV_SYSTEM_CERTS": "false"})["UV_SYSTEM_CERTS"] == "false"
    assert for_node({"NODE_USE_SYSTEM_CA": "0"})["NODE_USE_SYSTEM_CA"] == "0"


def test_the_lock_is_synced_from_pypi_and_exported_for_an_index_of_ones_own() -> None:
    assert [command[1] for label, command in sync_commands({})] == ["sync"]

    mirrored = [command[1:3] for label, command in sync_commands({"UV_DEFAULT_INDEX": "https://mirror/simple"})]

    assert mirrored == [["export", "--frozen"], ["venv", "--allow-existing"], ["pip", "sync"]]
    assert VENV == REPOSITORY / ".venv"


@pytest.fixture
def pretend_python(tmp_path: Path) -> Path:
    """A folder with a `python3` that says it is 3.9 and cannot run what is asked of it."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.1" && exit 0\nexit 1\n')
    python.chmod(0o755)
    return tmp_path


def test_a_python_that_is_too_old_is_named(pretend_python: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", REPOSITORY / "ops" / "python"], env={"PATH": str(pretend_python)}, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "Flywheel needs Python 3.11" in done.stderr
    assert "python3 is Python 3.9.1" in done.stderr


def test_a_machine_without_python_is_told_what_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", REPOSITORY / "ops" / "python"], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "found: none" in done.stderr
