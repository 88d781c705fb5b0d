"""Which modules of this project a piece of its code reaches by imports, read from the sources: nothing is run.

An import inside a function counts, one for a type checker alone (`if TYPE_CHECKING:`) does not. A module that is only
named in a string, as one that a child process runs, is not reached.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


class BadImport(Exception):
    """An import leads nowhere, or where it must not; the text says which one, and where."""


@dataclass(frozen=True)
class Sources:
    """The modules of some top-level packages, which lie in the folder `root`. Whatever else is imported is foreign.

    Each file is read once: changes after that are not seen.
    """

    root: Path
    packages: tuple[str, ...]
    _parsed: dict[Path, ast.Module] = field(default_factory=dict, repr=False, compare=False)
    _imports: dict[tuple[str, bool], list[str]] = field(default_factory=dict, repr=False, compare=False)

    def modules(self, package: str) -> list[str]:
        """The dotted names of a package and of everything in it."""
        folder = self.root.joinpath(*package.split("."))
        paths = (path.relative_to(self.root).with_suffix("") for path in folder.rglob("*.py"))
        return sorted(".".join(path.parts).removesuffix(".__init__") for path in paths)

    def file_of(self, module: str) -> Path | None:
        """Where a module's code is, for a package its `__init__.py`; None when there is no such module."""
        path = self.root.joinpath(*module.split("."))
        candidates = (path / "__init__.py", path.with_suffix(".py"))
        return next((candidate for candidate in candidates if candidate.is_file()), None)

    def imports(self, module: str, *, for_types: bool = False) -> list[str]:
        """The modules that `module` itself names in imports, with `for_types` also those for a type checker alone.

        Raises BadImport.
        """
        key = (module, for_types)
        if key not in self._imports:
            self._imports[key] = list(self._read_imports(module, for_types=for_types))
        return self._imports[key]

    def _read_imports(self, module: str, *, for_types: bool) -> Iterator[str]:
        path = self.file_of(module)
        if path is None:
            raise BadImport(f"there is no module {module}")
        for node in _nodes(self._tree(path), for_types=for_types):
            if isinstance(node, ast.Import):
                names = [(alias.name, "") for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = _absolute(node, module, is_package=path.name == "__init__.py")
                names = [(base, alias.name) for alias in node.names]
            else:
                continue
            for base, name in names:
                if base.partition(".")[0] in self.packages:
                    yield self._named(base, name, f"{path.relative_to(self.root)}:{node.lineno}")

    def _named(self, base: str, name: str, where: str) -> str:
        """The module behind `from base import name`, or behind `import base` when there is no name."""
        path = self.file_of(base)
        if path is None:
            raise BadImport(f"{where} imports {base}, and there is no such module")
        if name and path.name == "__init__.py":
            if self.file_of(f"{base}.{name}"):
                return f"{base}.{name}"
            if not _binds(self._tree(path), name):
                raise BadImport(f"{where} imports {name} from {base}, which has no such module and no such name")
        return base

    def _tree(self, path: Path) -> ast.Module:
        if path not in self._parsed:
            self._parsed[path] = ast.parse(path.read_bytes(), filename=str(path))
        return self._parsed[path]


def reached(sources: Sources, starts: Iterable[str]) -> frozenset[str]:
    """`starts`, what they import, what that imports and so on, and the packages around each. Raises BadImport."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += sources.imports(module)
            waiting += filter(None, [module.rpartition(".")[0]])
    return frozenset(found)


def _nodes(tree: ast.Module, *, for_types: bool) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and not for_types and _is_for_types(node.test):
            waiting += node.orelse
        else:
            yield node
            waiting += ast.iter_child_nodes(node)


def _is_for_types(test: ast.expr) -> bool:
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    return name == "TYPE_CHECKING"


def _absolute(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    around = parts[: len(parts) - node.level + is_package]
    return ".".join([*around, *filter(None, [node.module])])


def _binds(tree: ast.Module, name: str) -> bool:
    """Whether a package's `__init__.py` may give a name to who imports it."""
    if name == "*":
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            bound = node.id if isinstance(node.ctx, ast.Store) else ""
        elif isinstance(node, ast.alias):
            bound = node.asname or node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound = node.name
        else:
            continue
        if bound in (name, "__getattr__", "*"):
            return True
    return False
