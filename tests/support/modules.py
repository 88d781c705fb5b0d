"""The project's modules and what they import, read from their sources: for tests of the architecture."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.reach import Sources
from infra.reach import reached as reach

ROOT = Path(__file__).resolve().parents[2]
_SOURCES = Sources(ROOT, ("functions",))


@dataclass(frozen=True)
class Module:
    """A source file by its dotted name, and the dotted names it imports, wherever in the file."""

    name: str
    imports: frozenset[str]

    @property
    def path(self) -> Path:
        return Path(*self.name.split(".")).with_suffix(".py")

    @property
    def is_fake(self) -> bool:
        """Whether it is for tests: a store or a network in memory."""
        return "memory" in self.name.split(".")

    def imports_any(self, *packages: str) -> list[str]:
        return [name for name in sorted(self.imports) if any(f"{name}.".startswith(f"{each}.") for each in packages)]


@cache
def modules(folder: str) -> tuple[Module, ...]:
    """The modules below a folder, such as `functions/shared`; packages' empty `__init__.py` are left out."""
    paths = [path for path in sorted((ROOT / folder).rglob("*.py")) if path.name != "__init__.py"]
    return tuple(Module(_name(path), frozenset(_imported(ast.parse(path.read_text())))) for path in paths)


def reached(*roots: str) -> frozenset[str]:
    """The modules of `functions` that these reach by imports, lazy ones included."""
    return reach(_SOURCES, roots)


def lambdas() -> list[str]:
    """The names of the Lambdas."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Each imported name, and the module it is imported from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
