"""Who may import whom."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("openai", "tweepy", "trafilatura", "feedparser", "pypdfium2", "docx")


@dataclass(frozen=True)
class Module:
    """A source file and the dotted names it imports, wherever in the file."""

    path: str
    imports: frozenset[str]

    def imports_any(self, *packages: str) -> list[str]:
        return [name for name in sorted(self.imports) if name.startswith(tuple(f"{each}." for each in packages))]


@cache
def modules(folder: str) -> tuple[Module, ...]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    return tuple(
        Module(str(path.relative_to(ROOT)), frozenset(_imported(ast.parse(path.read_text())))) for path in paths
    )


def functions() -> list[str]:
    return sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name[0] not in "._")


def test_functions_import_neither_each_other_nor_what_deploys_or_operates_them() -> None:
    names = set(functions()) - {"shared"}
    for name in sorted(names):
        others = [f"functions.{other}" for other in sorted(names - {name})]
        for module in modules(f"functions/{name}"):
            assert module.imports_any(*others, "infra", "aws_cdk", "ops", "tests") == [], module.path


def test_the_shared_kernel_imports_no_function() -> None:
    others = [f"functions.{name}" for name in functions() if name != "shared"]
    for module in modules("functions/shared"):
        assert module.imports_any(*others, "infra", "aws_cdk", "ops", "tests") == [], module.path


def test_the_stack_names_functions_by_string() -> None:
    for module in modules("infra"):
        assert module.imports_any("functions", "ops", "tests") == [], module.path


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_is_imported_by_one_module_at_most(library: str) -> None:
    importers = [module.path for module in modules("functions") if module.imports_any(library)]

    assert len(importers) <= 1


@pytest.mark.parametrize("name", [name for name in functions() if name != "shared"])
def test_a_handler_is_wiring_of_at_most_forty_lines(name: str) -> None:
    source = (ROOT / "functions" / name / "handler.py").read_text()
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]

    assert len(lines) <= 40


def _imported(tree: ast.Module) -> Iterator[str]:
    """Each imported name with a dot at its end, so that `openai` is a prefix of itself but not of `openai_model`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"{alias.name}." for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}." for alias in node.names)
