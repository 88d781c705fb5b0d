"""Who may import whom, what lies where, and what files are called."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.modules import ROOT, lambdas, modules, reached

SHARED = "functions.shared"
ROOMS = ("kernel", "domain", "networks", "writing")
"""Each may import itself and those before it."""

NETWORKS = f"{SHARED}.networks"
REGISTRY = f"{NETWORKS}.registry"
FAKE_NETWORK = f"{NETWORKS}.memory"
FILES_OF_A_NETWORK = {"rules", "client", "settings", "sign_in", "publish", "find", "counts", "errors"}
SERVICES = ("handler", "services", "settings", "wiring")
HEAVY = ("openai", "tweepy", "trafilatura", "feedparser", "pypdfium2", "docx")


def networks() -> list[str]:
    """The packages of one network each."""
    packages = (path.parent for path in (ROOT / "functions/shared/networks").glob("*/__init__.py"))
    return sorted(f"{NETWORKS}.{path.name}" for path in packages if path.name != "registry")


def test_functions_import_neither_each_other_nor_what_deploys_or_operates_them() -> None:
    for name in lambdas():
        others = [f"functions.{other}" for other in lambdas() if other != name]
        for module in modules(f"functions/{name}"):
            assert module.imports_any(*others, "infra", "aws_cdk", "ops", "tests") == [], module.path


def test_what_is_shared_imports_no_function() -> None:
    others = [f"functions.{name}" for name in lambdas()]
    for module in modules("functions/shared"):
        assert module.imports_any(*others, "infra", "aws_cdk", "ops", "tests") == [], module.path


def test_what_is_shared_lies_in_four_rooms() -> None:
    assert {module.name.split(".")[2] for module in modules("functions/shared")} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_between_the_rooms_point_one_way(room: str) -> None:
    beyond = [f"{SHARED}.{other}" for other in ROOMS[ROOMS.index(room) + 1 :]]
    for module in modules(f"functions/shared/{room}"):
        assert module.imports_any(*beyond) == [], module.path


def test_what_one_lambda_alone_uses_is_at_home_there() -> None:
    """Networks apart: all of one lies together, whoever uses a part of it. What operates the stack is a user, too."""
    users = {name: reached(*(module.name for module in modules(f"functions/{name}"))) for name in lambdas()}
    users["ops"] = reached(*_shared_imports("ops"))
    for module in modules("functions/shared"):
        if not module.is_fake and not module.name.startswith(NETWORKS):
            having = [name for name, modules_reached in users.items() if module.name in modules_reached]
            assert len(having) >= 2, f"{module.path} is used by {having} alone"


def test_no_lambda_reaches_a_fake() -> None:
    for name in lambdas():
        own = (module.name for module in modules(f"functions/{name}") if not module.is_fake)
        assert [each for each in reached(*own) if "memory" in each.split(".")] == []


def test_nothing_but_the_registry_imports_a_network() -> None:
    for module in modules("functions"):
        others = [network for network in networks() if not module.name.startswith(f"{network}.")]
        if module.name.startswith(f"{REGISTRY}."):
            others = [FAKE_NETWORK]
        assert module.imports_any(*others) == [], module.path


@pytest.mark.parametrize("network", networks())
def test_the_files_of_every_network_have_the_same_names(network: str) -> None:
    own = {module.name.removeprefix(f"{network}.") for module in modules(network.replace(".", "/"))}

    assert own <= FILES_OF_A_NETWORK
    assert "rules" in own or "publish" in own


def test_nothing_outside_the_networks_names_x_but_settings_and_what_networks_are_called() -> None:
    allowed = ("functions/shared/networks/", "functions/shared/domain/network.py")
    for path in sorted((ROOT / "functions").rglob("*.py")):
        relative = str(path.relative_to(ROOT))
        if not relative.startswith(allowed):
            assert [name for name in _names(path) if re.search(r"\bx_|_x\b|^X[A-Z][a-z]|[Tt]weet", name)] == [], (
                relative
            )


def test_the_files_of_a_store_have_the_same_names() -> None:
    for module in modules("functions"):
        folder, name = ROOT / module.path.parent, module.path.stem
        if name in ("dynamodb", "items"):
            assert (folder / "store.py").exists() or folder.name == "store", module.path
        for kind in _classes(ROOT / module.path):
            assert not kind.startswith("Dynamo") or name in ("dynamodb", "listing"), f"{kind} in {module.path}"
            assert not kind.startswith("Memory") or module.is_fake, f"{kind} in {module.path}"


@pytest.mark.parametrize("name", lambdas())
def test_a_lambda_keeps_its_collaborators_in_services_and_builds_them_in_wiring(name: str) -> None:
    folder = ROOT / "functions" / name

    assert [part for part in SERVICES if not (folder / f"{part}.py").exists()] == []
    assert _classes(folder / "services.py").count("Services") == 1


def test_the_routes_of_the_api_lie_by_resource() -> None:
    folder = ROOT / "functions/api"

    assert sorted(path.name for path in folder.glob("*routes*")) == []
    assert [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")] != []
    resources = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")]
    for resource in resources:
        assert (resource / "routes.py").exists() or resource.name in ("limits", "once"), resource.name


def test_tests_lie_in_the_folders_of_what_they_test() -> None:
    for kind in ("unit", "functional", "contract"):
        for path in (ROOT / "tests" / kind).rglob("test_*.py"):
            parts = path.parent.relative_to(ROOT / "tests" / kind).parts
            homes = [ROOT.joinpath(*parts), ROOT.joinpath("functions", *parts), ROOT.joinpath("tests", *parts)]
            assert any(home.is_dir() for home in homes), path


def test_the_stack_names_functions_by_string() -> None:
    for module in modules("infra"):
        assert module.imports_any("functions", "ops", "tests") == [], module.path


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_is_imported_by_one_module_at_most(library: str) -> None:
    importers = [module.path for module in modules("functions") if module.imports_any(library)]

    assert len(importers) <= 1


@pytest.mark.parametrize("name", lambdas())
def test_a_handler_is_wiring_of_at_most_forty_lines(name: str) -> None:
    source = (ROOT / "functions" / name / "handler.py").read_text()
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]

    assert len(lines) <= 40


def _shared_imports(folder: str) -> Iterator[str]:
    known = {module.name for module in modules("functions/shared")}
    for module in modules(folder):
        yield from module.imports & known


def _classes(path: Path) -> list[str]:
    return [node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]


def _names(path: Path) -> Iterator[str]:
    """Every name a file gives or uses in code; texts are none."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
