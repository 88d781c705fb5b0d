"""What is said of known holes: nothing is called clean that was not asked about."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ops.audit import Answer, Ask, Audit, NotAudited, audit_node, audit_python, report

LOCKED = """one==1.0 \\
    --hash=sha256:00
two==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:00
three==3.0 ; sys_platform == 'another' \\
    --hash=sha256:00
"""
HOLE = {"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": "It breaks."}


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCKED)
    return path


def saying(told: Any, errors: str = "") -> Ask:
    def ask(command: Sequence[str]) -> Answer:
        return Answer(told if isinstance(told, str) else json.dumps(told), errors)

    return ask


def found(*vulns: Any) -> dict[str, Any]:
    one = {"name": "one", "version": "1.0", "vulns": list(vulns)}
    return {"dependencies": [one, {"name": "two", "version": "2.0", "vulns": []}], "fixes": []}


def test_every_package_for_this_machine_is_asked_about(requirements: Path) -> None:
    assert audit_python(saying(found()), requirements) == Audit(2)
    assert audit_python(saying(found(HOLE)), requirements) == Audit(2, ("one 1.0: PYSEC-1, mended by 1.1",))


@pytest.mark.parametrize("told", [
    "", "Traceback", "[]", "{}", {"dependencies": []},
    {"dependencies": [{"name": "one", "version": "1.0", "vulns": []}]},
    {"dependencies": [{"name": "one", "skip_reason": "no network"}, {"name": "two", "version": "2.0", "vulns": []}]},
])  # fmt: skip
def test_packages_that_were_passed_over_are_not_audited(requirements: Path, told: Any) -> None:
    with pytest.raises(NotAudited):
        audit_python(saying(told, "ProxyError: Connection refused"), requirements)


def test_the_reason_of_a_tool_is_told(requirements: Path) -> None:
    with pytest.raises(NotAudited, match="Connection refused"):
        audit_python(saying("", "a\nb\nc\nProxyError: Connection refused"), requirements)
    with pytest.raises(NotAudited, match="request to registry failed"):
        audit_node(saying({"message": "request to registry failed", "error": {"summary": ""}}), ["npm"])
    with pytest.raises(NotAudited):
        audit_node(saying("{}"), ["npm"])


def test_what_npm_finds_is_told() -> None:
    told = {"vulnerabilities": {"left-pad": {"severity": "high"}}, "metadata": {"dependencies": {"total": 3}}}
    assert audit_node(saying(told), ["npm"]) == Audit(3, ("left-pad: high",))


def not_audited() -> Audit:
    raise NotAudited("Connection refused")


def test_the_exit_status_says_clean_holes_or_not_audited(capsys: pytest.CaptureFixture[str]) -> None:
    assert report({"Python": lambda: Audit(2), "npm": lambda: Audit(3)}) == 0
    assert report({"Python": lambda: Audit(2, ("one: a hole",)), "npm": lambda: Audit(3)}) == 1
    assert report({"Python": not_audited, "npm": lambda: Audit(3, ("two: a hole",))}) == 2
    told = capsys.readouterr()
    assert "one: a hole" in told.out
    assert "two: a hole" in told.out
    assert "Python: NOT audited. Connection refused" in told.err
    assert "Without a network nothing is known of it." in told.err
