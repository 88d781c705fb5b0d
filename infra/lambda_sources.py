"""The files of this project that a Lambda's zip holds: its own folder, and of the shared code what that reaches."""

from collections.abc import Iterator
from pathlib import Path

from infra.reach import BadImport, Sources, reached

FUNCTIONS = "functions"
SHARED = f"{FUNCTIONS}.shared"
_FAKE = "memory"  # the name of a module or package that implements a port for tests


def sources_in(root: Path) -> Sources:
    """The code of all Lambdas in the project's folder `root`."""
    return Sources(root, (FUNCTIONS,))


def lambda_sources(function: str, sources: Sources) -> list[Path]:
    """What of `functions` goes into a Lambda's zip, relative to the project's folder, sorted.

    All modules of its own start the search: some run in child processes, and no handler imports them. A package
    brings the data files that lie in it. Fakes stay behind. Raises BadImport.
    """
    own = [module for module in sources.modules(f"{FUNCTIONS}.{function}") if not is_fake(module)]
    modules = reached(sources, own)
    _refuse_strangers(sources, modules, function)
    files: set[Path] = set()
    for path in filter(None, map(sources.file_of, modules)):
        files.add(path)
        if path.name == "__init__.py":
            files.update(_data(path.parent))
    return sorted(path.relative_to(sources.root) for path in files)


def is_fake(module: str) -> bool:
    """Whether a module implements its port for tests, by its name or by that of a package it is in."""
    return _FAKE in module.split(".")


def _refuse_strangers(sources: Sources, modules: frozenset[str], function: str) -> None:
    """Raise BadImport where code that runs in the Lambda imports a fake or another Lambda's code."""
    allowed = (f"{SHARED}.", f"{FUNCTIONS}.{function}.")
    for module in sorted(modules):
        for imported in sources.imports(module):
            if is_fake(imported):
                raise BadImport(f"{module} imports {imported}, which is a fake for tests")
            if imported != FUNCTIONS and not f"{imported}.".startswith(allowed):
                raise BadImport(f"{module} imports {imported}: a Lambda has its own code and {SHARED} only")


def _data(folder: Path) -> Iterator[Path]:
    """The files of a package that are no code, also in folders that are no packages themselves."""
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir():
            if not (path / "__init__.py").exists():
                yield from _data(path)
        elif path.suffix not in (".py", ".pyc"):
            yield path
