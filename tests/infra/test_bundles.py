"""What each Lambda's zip is made of. Bundled for this machine, so that it can be imported here."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.bundle import BundleError, build_bundle, find_compiler, find_uv, host_target, install_dependencies
from infra.fleet import FLEET

NAMES = [plan.name for plan in FLEET]
UNCHECKED_HASH = 0b01


@pytest.fixture(scope="session")
def uv() -> str:
    return find_uv(os.environ)


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory, uv: str) -> Path:
    """What the Lambda runtime brings along: boto3."""
    folder = tmp_path_factory.mktemp("runtime")
    install_dependencies("runtime", folder, target=host_target(), uv=uv)
    return folder


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory, uv: str) -> dict[str, Path]:
    made = {name: tmp_path_factory.mktemp(name) for name in NAMES}
    for name, folder in made.items():
        build_bundle(name, folder, target=host_target(), uv=uv, compiler=None)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_imports_its_handler_with_nothing_but_boto3_beside_it_and_an_empty_environment(
    bundles: dict[str, Path], runtime: Path, name: str
) -> None:
    code = (
        f"import sys; sys.path[:0] = [{str(bundles[name])!r}, {str(runtime)!r}]\n"
        f"from functions.{name}.handler import handler\n"
        "assert callable(handler)"
    )
    # Isolated and without site-packages: the development environment is out of reach.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=False, env={}, timeout=60
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_holds_only_its_own_function_and_the_shared_kernel(bundles: dict[str, Path], name: str) -> None:
    assert {path.name for path in (bundles[name] / "functions").iterdir()} == {"__init__.py", "shared", name}


def test_a_heavy_library_is_only_where_it_is_used(bundles: dict[str, Path]) -> None:
    def holders(library: str) -> set[str]:
        return {name for name, folder in bundles.items() if (folder / library).exists()}

    assert holders("openai") == {"pseo_generator", "content_generator", "social_poster"}
    assert holders("tweepy") == {"social_poster", "analytics"}
    for library in ("trafilatura", "feedparser", "pypdfium2", "docx"):
        assert holders(library) == {"scraper"}
    assert holders("boto3") == set(), "the runtime brings it"


def test_a_bundle_carries_no_commands_caches_or_traces_of_its_installation(bundles: dict[str, Path]) -> None:
    for folder in bundles.values():
        names = {path.name for path in folder.rglob("*")}
        assert names & {"__pycache__", "RECORD", "INSTALLER", "direct_url.json", ".lock"} == set()
        assert not (folder / "bin").exists()


def test_the_same_sources_give_the_same_bytes_with_bytecode_that_is_never_checked(tmp_path: Path, uv: str) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        build_bundle("reconciler", folder, target=host_target(), uv=uv, compiler=sys.executable)
    (bytecode,) = (folders[0] / "functions/reconciler/__pycache__").glob("handler.*.pyc")

    assert list(_digests(folders[0])) == list(_digests(folders[1]))
    assert int.from_bytes(bytecode.read_bytes()[4:8], "little") == UNCHECKED_HASH


def test_this_interpreter_compiles_for_this_machine(uv: str) -> None:
    assert find_compiler(host_target(), uv) == sys.executable


def test_an_unknown_dependency_group_fails_with_what_uv_said(tmp_path: Path, uv: str) -> None:
    with pytest.raises(BundleError, match=r"uv.* export.*nonsense"):
        build_bundle("nonsense", tmp_path, target=host_target(), uv=uv, compiler=None)


def test_uv_is_named_by_a_variable_or_found_on_the_path(tmp_path: Path) -> None:
    on_path = tmp_path / "uv"
    on_path.write_text("#!/bin/sh\n")
    on_path.chmod(0o755)

    assert find_uv({"UV": "/opt/uv", "PATH": str(tmp_path)}) == "/opt/uv"
    assert find_uv({"PATH": str(tmp_path)}) == str(on_path)


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest()
