"""Modules import each other in one direction."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from infra.reach import Sources

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("functions", "infra", "ops")


def cycle(sources: Sources) -> list[str]:
    """Modules that each import the one before them, from the first to itself; none without a cycle.

    Imports for a type checker alone count: what needs the other's type cannot be read without the other.
    """
    modules = [module for package in sources.packages for module in sources.modules(package)]
    graph = {module: set(sources.imports(module, for_types=True)) - {module} for module in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_module_imports_itself_through_others() -> None:
    assert cycle(Sources(ROOT, PACKAGES)) == []


@pytest.mark.parametrize("line", ["from lib import one", "def late():\n    import lib.one"])
def test_a_cycle_is_found_wherever_its_imports_stand(tmp_path: Path, line: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/__init__.py").touch()
    (tmp_path / "lib/one.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lib.two\n")
    (tmp_path / "lib/two.py").write_text(line)

    assert set(cycle(Sources(tmp_path, ("lib",)))) == {"lib.one", "lib.two"}
