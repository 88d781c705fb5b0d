"""What the examples need no deployment for: they are listed, and say what to do when nothing answers."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.misspelt import misspelt
from ops.tools import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
PROGRAMS = sorted(path.name for path in EXAMPLES.glob("*.py") if path.name != "flywheel_api.py")


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_example_is_in_the_index_and_says_how_to_run_it(program: str) -> None:
    assert f"[`{program}`]({program})" in (EXAMPLES / "README.md").read_text()
    docstring = ast.get_docstring(ast.parse((EXAMPLES / program).read_text()))
    assert f".venv/bin/python examples/{program}" in (docstring or "")


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_example_says_what_to_do_where_nothing_is_deployed(program: str, tmp_path: Path) -> None:
    missing = tmp_path / "outputs.json"
    ended = run(program, missing)
    assert ended.returncode == 1
    assert str(missing) in ended.stderr
    assert "make up" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_example_says_that_the_api_does_not_answer(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.json"
    nobody = "http://127.0.0.1:9"  # nothing listens on the discard port
    outputs.write_text(json.dumps({"api_url": nobody, "user_token": "u", "admin_token": "a"}))
    ended = run("submit_batch.py", outputs)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{nobody} does not answer")
    assert "Traceback" not in ended.stderr


def test_the_variable_of_the_examples_is_not_taken_for_a_misspelt_setting() -> None:
    assert misspelt(["FLYWHEEL_OUTPUTS"]) == []


def run(program: str, outputs: Path) -> subprocess.CompletedProcess[str]:
    """Run an example to its end."""
    environ = {**os.environ, "FLYWHEEL_OUTPUTS": str(outputs)}
    command = [sys.executable, str(EXAMPLES / program)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
