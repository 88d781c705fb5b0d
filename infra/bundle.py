"""Builds the folder a Lambda's zip is made of: its own code, the shared kernel and its dependency group.

No Docker: uv fetches wheels for the target platform, whatever machine it runs on. Decision 0005.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAMBDA_CODE_DIR = "/var/task"

# What an installer leaves behind: it says how the files came here, differs between machines and is never imported.
_INSTALLER_NOISE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


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


def find_compiler(target: BundleTarget, uv: str) -> str | None:
    """An interpreter of the target's version, whose bytecode the target can load; None when this machine has none."""
    if host_target().python_version == target.python_version:
        return sys.executable
    command = [uv, "python", "find", "--no-python-downloads", "--no-project", target.python_version]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    return found.stdout.strip() or None


def build_bundle(function: str, into: Path, *, target: BundleTarget, uv: str, compiler: str | None) -> None:
    """Fill the empty folder `into` for `functions/<function>`; the same inputs give the same bytes.

    Without a `compiler` the Lambda compiles its sources at every cold start. Raises BundleError.
    """
    install_dependencies(function, into, target=target, uv=uv)
    _copy_sources(function, into)
    if compiler:
        _compile(into, compiler)


def install_dependencies(group: str, into: Path, *, target: BundleTarget, uv: str) -> None:
    """Put the locked packages of a dependency group into the folder `into`. Raises BundleError."""
    # Without colours: the CDK CLI asks its children for them, and uv would colour the requirements too.
    requirements = _run(
        uv, "export", "--color", "never", "--frozen", "--quiet", "--no-emit-project", "--only-group", group
    )
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
    _prune(into)


def _prune(bundle: Path) -> None:
    shutil.rmtree(bundle / "bin", ignore_errors=True)
    for path in [
        bundle / ".lock",
        *(found for name in _INSTALLER_NOISE for found in bundle.glob(f"*.dist-info/{name}")),
    ]:
        path.unlink(missing_ok=True)
    for folder in [*bundle.glob("*/tests"), *bundle.rglob("__pycache__")]:
        shutil.rmtree(folder)


def _copy_sources(function: str, into: Path) -> None:
    package = into / "functions"
    package.mkdir()
    shutil.copy2(ROOT / "functions" / "__init__.py", package)
    for name in ("shared", function):
        shutil.copytree(
            ROOT / "functions" / name, package / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )


def _compile(bundle: Path, compiler: str) -> None:
    # Unchecked: a Lambda's code folder never changes, and the zip does not keep the times the default would compare.
    options = ("-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", str(bundle), "-p", LAMBDA_CODE_DIR)
    _run(compiler, "-m", "compileall", *options, str(bundle))


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
