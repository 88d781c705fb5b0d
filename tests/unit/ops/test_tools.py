import os
import sys
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.tools import run_tool, with_tools


def test_a_tool_that_fails_is_told_by_its_last_lines_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log" / "tool.log"
    script = "for n in range(40): print('line', n)\nraise SystemExit(3)"

    with pytest.raises(OpsError) as failed:
        run_tool("the tool", [sys.executable, "-c", script], environ={}, log=log)

    text = str(failed.value)
    assert text.startswith("the tool failed (exit status 3):")
    assert "    line 39\n" in text
    assert "line 14" not in text
    assert str(log) in text
    assert "registry" not in text


def test_a_tool_that_could_not_reach_a_registry_is_told_so(tmp_path: Path) -> None:
    script = "raise SystemExit('error sending request for url (https://index.example/)')"

    with pytest.raises(OpsError, match="registry could not be reached"):
        run_tool("uv", [sys.executable, "-c", script], environ={}, log=tmp_path / "log")


def test_our_own_tools_come_first_on_the_path() -> None:
    environ = with_tools({"PATH": "/usr/bin", "PIP_CERT": "ca.pem"})

    assert environ["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert environ["PATH"].split(os.pathsep)[-1] == "/usr/bin"
    assert environ["SSL_CERT_FILE"] == "ca.pem"
