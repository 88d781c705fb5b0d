"""Asks the public lists of known holes about every locked package: `make audit`. It needs a network.

What could not be asked about counts as not audited, and never as clean: 0 says that everything was asked about and
nothing was found, 1 that something was, 2 that not everything was asked about.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from ops.setup import for_node, for_uv, link_node
from ops.tools import REPOSITORY, TOOLS

PIP_AUDIT = "pip-audit==2.10.1"
SCRATCH = REPOSITORY / ".local" / "audit"
_LAST_LINES = 3


@dataclass(frozen=True)
class Answer:
    """What a program printed."""

    output: str
    errors: str


Ask = Callable[[Sequence[str]], Answer]


@dataclass(frozen=True)
class Audit:
    """What was asked about, and what is known of it."""

    packages: int
    holes: tuple[str, ...] = ()


class NotAudited(Exception):
    """Not everything could be asked about; the text says why."""


def audit_python(ask: Ask, requirements: Path) -> Audit:
    """Every package of the lock, with hashes in `requirements`. Raises NotAudited."""
    pinned = _applicable(requirements.read_text())
    told = _json(ask([
        str(TOOLS / "uv"), "tool", "run", "--from", PIP_AUDIT, "pip-audit", "--strict", "--disable-pip",
        "--require-hashes", "--progress-spinner", "off", "--format", "json", "--requirement", str(requirements),
    ]))  # fmt: skip
    asked = [each for each in told.get("dependencies", []) if "skip_reason" not in each]
    if len(asked) != pinned:
        raise NotAudited(f"pip-audit was to look at {pinned} packages, and looked at {len(asked)}")
    holes = [f"{each['name']} {each['version']}: {_named(hole)}" for each in asked for hole in each["vulns"]]
    return Audit(len(asked), tuple(holes))


def audit_node(ask: Ask, npm: Sequence[str]) -> Audit:
    """Every package of package-lock.json. Raises NotAudited."""
    told = _json(ask([*npm, "audit", "--package-lock-only", "--json"]))
    if "error" in told or "metadata" not in told:
        raise NotAudited(f"npm: {told.get('message') or told.get('error') or 'it says nothing of what it looked at'}")
    holes = [f"{name}: {each['severity']}" for name, each in told.get("vulnerabilities", {}).items()]
    return Audit(int(told["metadata"]["dependencies"]["total"]), tuple(holes))


def main() -> None:
    """Audit both, say what was found, and leave with 0, 1 or 2."""
    environ = for_node(for_uv(os.environ))
    sys.exit(report({
        "Python": lambda: audit_python(asking(environ), locked_requirements(environ)),
        "npm": lambda: audit_node(asking(environ), link_node()),
    }))  # fmt: skip


def report(audits: Mapping[str, Callable[[], Audit]]) -> int:
    """Run each, print what came of it, and give the exit status."""
    status = 0
    for name, audit in audits.items():
        try:
            found = audit()
        except NotAudited as error:
            print(f"{name}: NOT audited. {error}\n  Without a network nothing is known of it.", file=sys.stderr)
            status = 2
            continue
        print(f"{name}: {found.packages} packages audited, {len(found.holes)} known holes")
        print("".join(f"  {hole}\n" for hole in found.holes), end="")
        status = max(status, 1 if found.holes else 0)
    return status


def asking(environ: Mapping[str, str]) -> Ask:
    """Runs a program in the repository; its exit status says too little to be read."""

    def ask(command: Sequence[str]) -> Answer:
        done = subprocess.run(
            command, cwd=REPOSITORY, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return Answer(done.stdout, done.stderr)

    return ask


def locked_requirements(environ: Mapping[str, str]) -> Path:
    """The whole lock, tools included, as a file of requirements with hashes. Raises NotAudited."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path = SCRATCH / "requirements.txt"
    path.unlink(missing_ok=True)
    uv = str(TOOLS / "uv")
    told = asking(environ)(
        [uv, "export", "--frozen", "--all-groups", "--no-emit-project", "--quiet", "--output-file", str(path)]
    )
    if not path.exists():
        raise NotAudited(f"the lock cannot be read: {_end(told.errors)}")
    return path


def _applicable(requirements: str) -> int:
    """How many of these packages are for a machine like this one."""
    lines = re.findall(r"^[\w.-]+==[^\\\n]+", requirements, flags=re.MULTILINE)
    markers = [Requirement(line).marker for line in lines]
    return sum(marker is None or marker.evaluate() for marker in markers)


def _json(answer: Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.output)
    except ValueError:
        raise NotAudited(_end(answer.errors) or _end(answer.output) or "it printed nothing") from None
    return told if isinstance(told, dict) else {}


def _named(hole: Mapping[str, Any]) -> str:
    fixed = ", ".join(hole.get("fix_versions", [])) or "nothing yet"
    return f"{hole['id']}, mended by {fixed}"


def _end(text: str) -> str:
    return " ".join(line.strip() for line in text.strip().splitlines()[-_LAST_LINES:])


if __name__ == "__main__":
    main()
