"""Which files of the project a Lambda's zip holds."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from infra.bundle import ROOT, BundleError, copy_sources
from infra.fleet import FLEET
from infra.lambda_sources import is_fake, lambda_sources, sources_in

NAMES = [plan.name for plan in FLEET]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A function `clerk` that reaches `functions/shared/desk`, and a function `guard` beside it."""
    files = {
        "clerk/handler.py": "from functions.shared.desk.stamp import stamp\n",
        "clerk/child.py": "import functions.shared.paper\n",
        "clerk/memory.py": "import functions.shared.desk.memory\n",
        "clerk/forms/plain.txt": "Name:",
        "guard/handler.py": "",
        "shared/paper.py": "",
        "shared/unused.py": "",
        "shared/desk/stamp.py": "def stamp(): ...\n",
        "shared/desk/memory.py": "",
        "shared/desk/ink.json": "{}",
        "shared/desk/notes/.hidden": "",
        "shared/desk/notes/colours.txt": "blue",
        "shared/attic/memory/box.py": "",
        "shared/attic/dust.json": "{}",
    }
    for name, text in files.items():
        path = tmp_path / "functions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for package in ("", "clerk", "guard", "shared", "shared/desk", "shared/attic", "shared/attic/memory"):
        (tmp_path / "functions" / package / "__init__.py").touch()
    return tmp_path


def held(project: Path) -> set[str]:
    return {str(path.relative_to("functions")) for path in lambda_sources("clerk", sources_in(project))}


def test_a_lambda_holds_its_own_folder_and_what_that_reaches_with_its_data_and_no_fake(project: Path) -> None:
    assert held(project) == {
        "__init__.py",
        "clerk/__init__.py",
        "clerk/handler.py",
        "clerk/child.py",
        "clerk/forms/plain.txt",
        "shared/__init__.py",
        "shared/paper.py",
        "shared/desk/__init__.py",
        "shared/desk/stamp.py",
        "shared/desk/ink.json",
        "shared/desk/notes/colours.txt",
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import functions.shared.gone", r"handler\.py:1 imports functions\.shared\.gone, and there is no such module"),
        ("import functions.shared.desk.memory", r"imports functions\.shared\.desk\.memory, which is a fake for tests"),
        ("import functions.shared.attic.memory.box", r"memory\.box, which is a fake for tests"),
        ("import functions.guard.handler", r"imports functions\.guard\.handler: a Lambda has its own code and"),
    ],
)
def test_an_import_that_would_fail_in_the_lambda_fails_the_bundle(project: Path, line: str, told: str) -> None:
    (project / "functions/clerk/handler.py").write_text(f"{line}\n")

    with pytest.raises(BundleError, match=rf"functions/clerk cannot be bundled: .*{told}"):
        copy_sources("clerk", project / "bundle", root=project)


def test_an_edit_changes_the_bundle_of_the_one_lambda_that_reaches_it_alone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "functions", tmp_path / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    before = _held_bytes(tmp_path)
    edited, owner = _shared_by_one(before)

    with (tmp_path / edited).open("a") as module:
        module.write("EDITED = True\n")

    after = _held_bytes(tmp_path)
    assert [name for name in NAMES if after[name] != before[name]] == [owner]


def test_no_fake_goes_into_a_lambda() -> None:
    sources = sources_in(ROOT)
    modules = {".".join(path.with_suffix("").parts) for name in NAMES for path in lambda_sources(name, sources)}

    assert {module for module in modules if is_fake(module)} == set()


def _held_bytes(root: Path) -> dict[str, dict[Path, bytes]]:
    """What each Lambda holds of ours."""
    sources = sources_in(root)
    return {name: {path: (root / path).read_bytes() for path in lambda_sources(name, sources)} for name in NAMES}


def _shared_by_one(held: Mapping[str, Iterable[Path]]) -> tuple[Path, str]:
    """A module of the shared code that one Lambda alone holds, and this Lambda's name."""
    holders: dict[Path, list[str]] = {}
    for name, paths in held.items():
        for path in paths:
            holders.setdefault(path, []).append(name)
    lonely = sorted(path for path, names in holders.items() if len(names) == 1 and path.parts[1] == "shared")
    return lonely[0], holders[lonely[0]][0]
