"""The programs `ops/setup.py` installed, and running them with their output in a log."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.errors import OpsError
from ops.setup import UNREACHABLE, for_node, for_uv

REPOSITORY = Path(__file__).resolve().parent.parent
TOOLS = REPOSITORY / ".local" / "tools" / "bin"
CDK_CLI = REPOSITORY / "node_modules" / "aws-cdk" / "bin" / "cdk"
LAST_LINES = 25


def with_tools(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with this interpreter, uv and Node first on the PATH, and pip's settings in the words of both."""
    environ = for_node(for_uv(environ))
    path = (str(Path(sys.executable).parent), str(TOOLS), environ.get("PATH", os.defpath))
    return {**environ, "PATH": os.pathsep.join(path), "UV": str(TOOLS / "uv")}


def cdk_command(*arguments: str) -> list[str]:
    """The CDK command line that package.json pins, run by the Node that setup installed."""
    node = TOOLS / "node"
    for needed in (node, CDK_CLI):
        if not needed.exists():
            raise OpsError(f"{needed} is missing. Run `make setup`.")
    return [str(node), str(CDK_CLI), *arguments]


def run_tool(
    name: str, command: Sequence[str], *, environ: Mapping[str, str], log: Path, cwd: Path = REPOSITORY
) -> None:
    """Run `command` to its end, everything it prints in `log`.

    Raises OpsError with the last lines of that output when it fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        status = subprocess.run(
            command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        ).returncode
    if status != 0:
        hint = "\n  A package registry could not be reached. Check the network and run the command again."
        unreachable = hint if UNREACHABLE.search(log.read_text(errors="replace")) else ""
        raise OpsError(f"{name} failed (exit status {status}):\n{last_lines(log)}\n  Whole output: {log}{unreachable}")


def last_lines(log: Path, count: int = LAST_LINES) -> str:
    """The end of a log, indented; a note when it is empty or was never written."""
    text = log.read_text(errors="replace").strip() if log.exists() else ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-count:]) or "    (no output)"
