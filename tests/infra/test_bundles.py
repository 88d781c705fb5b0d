"""What each Lambda's zip is made of. Bundled for this machine, so that it can be imported here."""

import ast
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from infra.bundle import BundleError, BundleTarget, build_bundle, find_compiler, find_uv, host_target
from infra.fleet import FLEET
from infra.lambda_sources import sources_in
from tests.infra.bundling import entries, said, umask

NAMES = [plan.name for plan in FLEET]
UNCHECKED_HASH = 0b01
ANOTHER = BundleTarget(python_version="3.99", platform="aarch64-manylinux2014")


@pytest.fixture(scope="session")
def imported(bundle_of: Callable[[str], Path], runtime: Path) -> Callable[[str], set[str]]:
    """Which of our modules are loaded by a bundle's handler, by each module of its own and by what functions import."""

    @cache
    def imports(name: str) -> set[str]:
        bundle = bundle_of(name)
        own = [f"import {module}" for module in sources_in(bundle).modules(f"functions.{name}")]
        return _loaded([bundle, runtime], [f"import functions.{name}.handler", *own, *_late(bundle)])

    return imports


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_imports_its_code_with_nothing_but_boto3_beside_it_and_an_empty_environment(
    imported: Callable[[str], set[str]], name: str
) -> None:
    assert f"functions.{name}.handler" in imported(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_holds_exactly_the_modules_that_its_code_loads(
    bundle_of: Callable[[str], Path], imported: Callable[[str], set[str]], name: str
) -> None:
    assert set(sources_in(bundle_of(name)).modules("functions")) == imported(name)


def test_a_heavy_library_is_only_where_it_is_used(bundle_of: Callable[[str], Path]) -> None:
    def holders(library: str) -> set[str]:
        return {name for name in NAMES if (bundle_of(name) / library).exists()}

    assert holders("openai") == {"pseo_generator", "content_generator", "social_poster"}
    assert holders("tweepy") == {"social_poster", "analytics"}
    for library in ("trafilatura", "feedparser", "pypdfium2", "docx"):
        assert holders(library) == {"scraper"}
    assert holders("boto3") == set(), "the runtime brings it"


def test_a_bundle_carries_no_commands_caches_or_traces_of_its_installation(bundle_of: Callable[[str], Path]) -> None:
    for folder in map(bundle_of, NAMES):
        names = {path.name for path in folder.rglob("*")}
        assert names & {"__pycache__", "RECORD", "INSTALLER", "direct_url.json", ".lock"} == set()
        assert not (folder / "bin").exists()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory, uv: str) -> list[Path]:
    """The same bundle with bytecode, made twice: under an ordinary umask and under a strict one."""
    folders = []
    for mask in (0o022, 0o077):
        folders.append(tmp_path_factory.mktemp("compiled"))
        with umask(mask):
            build_bundle("reconciler", folders[-1], target=host_target(), uv=uv, compiler=sys.executable)
    return folders


def test_the_same_sources_give_the_same_bytes_and_modes_with_bytecode_that_is_never_checked(
    compiled: list[Path],
) -> None:
    (bytecode,) = (compiled[0] / "functions/reconciler/__pycache__").glob("handler.*.pyc")

    assert entries(compiled[0]) == entries(compiled[1])
    assert int.from_bytes(bytecode.read_bytes()[4:8], "little") == UNCHECKED_HASH


def test_a_compiled_bundle_runs_without_the_sources_of_libraries_and_keeps_ours(
    compiled: list[Path], runtime: Path
) -> None:
    sources = {path.relative_to(compiled[0]).parts[0] for path in compiled[0].rglob("*.py")}

    assert sources == {"functions"}
    assert "functions.reconciler.handler" in _loaded([compiled[0], runtime], ["import functions.reconciler.handler"])


def test_this_interpreter_compiles_for_this_machine(uv: str) -> None:
    assert find_compiler(host_target(), uv) == sys.executable


@pytest.mark.parametrize(("status", "is_taken"), [(0, True), (1, False)])
def test_an_interpreter_is_taken_for_lambda_only_if_it_says_that_it_is_a_release(
    tmp_path: Path, status: int, is_taken: bool
) -> None:
    python = _script(tmp_path / "python", f"exit {status}")
    finder = _script(tmp_path / "uv", f"echo {python}")

    found = find_compiler(ANOTHER, str(finder))

    assert found == (str(python) if is_taken else None)


def test_an_interpreter_that_is_missing_is_fetched_without_being_asked_for(tmp_path: Path) -> None:
    python = _script(tmp_path / "python", "exit 0")
    fetched = tmp_path / "fetched"
    answer = f'case "$2" in install) touch {fetched};; find) [ -e {fetched} ] && echo {python};; esac'

    found = find_compiler(ANOTHER, str(_script(tmp_path / "uv", answer)))

    assert found == str(python)


def test_where_none_can_be_fetched_there_is_none(tmp_path: Path) -> None:
    uv = _script(tmp_path / "uv", "echo no network >&2; exit 1")

    assert find_compiler(ANOTHER, str(uv)) is None


def test_an_unknown_dependency_group_fails_with_what_uv_said(tmp_path: Path, uv: str) -> None:
    with pytest.raises(BundleError, match=r"uv.* export.*nonsense"):
        build_bundle("nonsense", tmp_path, target=host_target(), uv=uv, compiler=None)


def test_uv_is_named_by_a_variable_or_found_on_the_path(tmp_path: Path) -> None:
    on_path = _script(tmp_path / "uv", "exit 0")

    assert find_uv({"UV": "/opt/uv", "PATH": str(tmp_path)}) == "/opt/uv"
    assert find_uv({"PATH": str(tmp_path)}) == str(on_path)


def _script(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def _late(bundle: Path) -> list[str]:
    """The imports of ours that stand in functions."""
    trees = [ast.parse(path.read_text()) for path in (bundle / "functions").rglob("*.py")]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inner = [node for function in functions for node in ast.walk(function)]
    imports = [
        node for node in inner if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("functions")
    ]
    return sorted({ast.unparse(node) for node in imports})


def _loaded(path: list[Path], imports: list[str]) -> set[str]:
    """Our modules that a fresh interpreter has after these imports."""
    code = "\n".join((*imports, "print(*(name for name in sys.modules if name.partition('.')[0] == 'functions'))"))
    return set(said(path, code).split())
