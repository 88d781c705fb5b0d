"""Builds the folder a Lambda's zip is made of: its own code, the shared code it reaches and its dependency group.

No Docker: uv fetches wheels for the target platform, whatever machine it runs on. Decision 0005.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.dead_weight import remove_dead_weight
from infra.lambda_sources import FUNCTIONS, lambda_sources, sources_in
from infra.reach import BadImport

ROOT = Path(__file__).resolve().parent.parent
LAMBDA_CODE_DIR = "/var/task"
_FETCH_SECONDS = 300

# Our own, so that a traceback in the log shows its lines; and anyio, which reads its own to import itself in parts.
_WITH_SOURCE = (FUNCTIONS, "anyio")


class BundleError(Exception):
    """A Lambda's code could not be put together; the text names the tool and what it said."""


@dataclass(frozen=True)
class BundleTarget:
    """The interpreter a bundle is made for.

    `python_version` is `major.minor`. `platform` is a name uv knows (`--python-platform`), None for this machine.
    """

    python_version: str
    platform: str | None


LAMBDA_TARGET = BundleTarget(python_version="3.13", platform="aarch64-manylinux2014")


def host_target() -> BundleTarget:
    """The interpreter that runs this: the embedded engine runs Lambdas with it."""
    return BundleTarget(python_version=f"{sys.version_info.major}.{sys.version_info.minor}", platform=None)


def find_uv(environ: Mapping[str, str]) -> str:
    """The uv command: the variable `UV`, then the PATH, then beside this interpreter. Raises BundleError."""
    beside = Path(sys.executable).parent / "uv"
    found = (
        environ.get("UV") or shutil.which("uv", path=environ.get("PATH")) or (str(beside) if beside.exists() else "")
    )
    if not found:
        raise BundleError("uv is needed to bundle the Lambdas: install it (`pip install uv`) or name it in UV")
    return found


@cache
def find_compiler(target: BundleTarget, uv: str) -> str | None:
    """An interpreter of the target's version, whose bytecode the target can load.

    What this machine lacks uv fetches, where it can; None when it cannot.
    """
    if host_target() == target:
        return sys.executable
    found = sys.executable
    if host_target().python_version != target.python_version:
        wanted = f"cpython@{target.python_version}"
        found = _installed(wanted, uv) or _fetched(wanted, uv)
    return found if found and _is_release(found) else None


def _installed(wanted: str, uv: str) -> str:
    command = [uv, "python", "find", "--no-python-downloads", "--no-project", wanted]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - fixed


def _fetched(wanted: str, uv: str) -> str:
    """Let uv install it beside its other interpreters, where no shell finds it."""
    command = [uv, "python", "install", "--no-bin", wanted]
    environ = {"UV_HTTP_RETRIES": "0", **os.environ}  # without a network it is known at once
    try:
        subprocess.run(command, env=environ, capture_output=True, check=False, timeout=_FETCH_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        return ""
    return _installed(wanted, uv)


def _is_release(python: str) -> bool:
    """Whether an interpreter is CPython and no preview: Lambda loads no other's bytecode."""
    ask = "import sys; sys.exit((sys.implementation.name, sys.version_info.releaselevel) != ('cpython', 'final'))"
    return subprocess.run([python, "-I", "-c", ask], check=False).returncode == 0  # noqa: S603 - fixed arguments


def build_bundle(function: str, into: Path, *, target: BundleTarget, uv: str, compiler: str | None) -> None:
    """Fill the empty folder `into` for `functions/<function>`; the same inputs give the same bytes.

    Without a `compiler` the Lambda compiles its sources at every cold start. Raises BundleError.
    """
    install_dependencies(function, into, target=target, uv=uv)
    copy_sources(function, into)
    if compiler:
        _compile(into, compiler)
    _open_to_all(into)


def install_dependencies(group: str, into: Path, *, target: BundleTarget, uv: str) -> None:
    """Put the locked packages of a dependency group into the folder `into`. Raises BundleError."""
    requirements = locked_requirements(group, uv)
    where: tuple[str, ...] = ("--python", sys.executable)
    if target.platform:
        where = ("--python-platform", target.platform, "--python-version", target.python_version)
    # The lock lists everything with hashes; wheels only, because building one would run code made for this machine.
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy", "--quiet")
    install = (uv, "pip", "install", "--target", str(into), *where, *options, "-r", "-")
    try:
        _run(*install, "--offline", stdin=requirements)  # what is locked is mostly in the cache already
    except BundleError:
        _run(*install, stdin=requirements)
    remove_dead_weight(into)


def locked_requirements(group: str, uv: str) -> str:
    """The packages of a dependency group with their hashes, as lines of a requirements file. Raises BundleError."""
    # Without colours: the CDK CLI asks its children for them, and uv would colour the requirements too.
    return _run(uv, "export", "--color", "never", "--frozen", "--quiet", "--no-emit-project", "--only-group", group)


def copy_sources(function: str, into: Path, *, root: Path = ROOT) -> None:
    """Put the code of `functions/<function>`, and the shared code it reaches, into the folder `into`.

    Raises BundleError, for example for an import of a module that does not exist.
    """
    try:
        files = lambda_sources(function, sources_in(root))
    except BadImport as error:
        raise BundleError(f"functions/{function} cannot be bundled: {error}") from None
    for file in files:
        (into / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file, into / file)


def _compile(bundle: Path, compiler: str) -> None:
    """Compile everything. A library's bytecode takes the place of its source, which would be half of the zip."""
    # Unchecked: a Lambda's code folder never changes, and the zip does not keep the times the default would compare.
    options = ("-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", str(bundle), "-p", LAMBDA_CODE_DIR)
    with_source = [str(bundle / name) for name in _WITH_SOURCE if (bundle / name).is_dir()]
    _run(compiler, "-m", "compileall", *options, *with_source)
    others = "|".join(re.escape(f"{folder}{os.sep}") for folder in with_source)
    _run(compiler, "-m", "compileall", *options, "-b", "-x", others, str(bundle))
    for bytecode in bundle.rglob("*.pyc"):
        if bytecode.parent.name != "__pycache__":
            bytecode.with_suffix(".py").unlink()


def _open_to_all(bundle: Path) -> None:
    """Let every user read the bundle, whatever the umask here: the zip keeps the modes, and Lambda runs as another."""
    for path in (bundle, *bundle.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _run(*command: str, stdin: str | None = None) -> str:
    environ = {**os.environ, "PYTHONHASHSEED": "0"}  # so that bytecode is the same every time
    if "PIP_CERT" in environ:
        environ.setdefault("SSL_CERT_FILE", environ["PIP_CERT"])  # certificates that pip was given serve uv, too
    done = subprocess.run(  # noqa: S603 - the arguments are this module's own
        command, input=stdin, capture_output=True, text=True, check=False, cwd=ROOT, env=environ
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BundleError(f"`{' '.join(command[:3])}` failed with {done.returncode}: {said}")
    return done.stdout
