"""What a module reaches by its imports, on small trees."""

from pathlib import Path

import pytest

from infra.reach import BadImport, Sources, reached


def project(root: Path, files: dict[str, str]) -> Sources:
    """The packages `app` and `lib` with these modules; packages have empty `__init__.py` unless one is given."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for folder in [path for path in root.rglob("*") if path.is_dir()]:
        (folder / "__init__.py").touch()
    return Sources(root, ("app", "lib"))


def test_what_an_import_reaches_reaches_further_and_nothing_else_comes_along(tmp_path: Path) -> None:
    files = {
        "app/main.py": "import json\nimport lib.a.one\nimport lib_like\n",
        "lib/a/one.py": "from lib.a import two\nfrom lib.b.three import THREE\n",
        "lib/a/two.py": "",
        "lib/a/unused.py": "import lib.a.gone\n",
        "lib/b/three.py": "THREE = 3\n",
    }
    sources = project(tmp_path, files)

    assert reached(sources, ["app.main"]) == {
        "app",
        "app.main",
        "lib",
        "lib.a",
        "lib.a.one",
        "lib.a.two",
        "lib.b",
        "lib.b.three",
    }


def test_an_import_inside_a_function_counts_and_one_for_a_type_checker_does_not(tmp_path: Path) -> None:
    main = (
        "import typing\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import lib.first\n"
        "if typing.TYPE_CHECKING:\n    import lib.second\nelse:\n    import lib.third\n"
        "def late():\n    import lib.fourth\n"
    )
    numbers = ("first", "second", "third", "fourth")
    sources = project(tmp_path, {"app/main.py": main, **{f"lib/{name}.py": "" for name in numbers}})

    assert set(sources.imports("app.main")) == {"lib.third", "lib.fourth"}
    assert set(sources.imports("app.main", for_types=True)) == {f"lib.{name}" for name in numbers}


def test_a_package_around_a_module_is_reached_with_all_it_imports(tmp_path: Path) -> None:
    files = {"app/main.py": "import lib.a.one\n", "lib/__init__.py": "import lib.base\n", "lib/base.py": ""}
    sources = project(tmp_path, {**files, "lib/a/one.py": ""})

    assert "lib.base" in reached(sources, ["app.main"])


def test_a_name_that_a_package_itself_binds_is_no_module(tmp_path: Path) -> None:
    files = {"app/main.py": "from lib import LIMIT, look\n", "lib/__init__.py": "LIMIT = 1\ndef look(): ...\n"}

    assert set(project(tmp_path, files).imports("app.main")) == {"lib"}


def test_a_relative_import_leads_to_the_module_beside_or_above(tmp_path: Path) -> None:
    files = {"lib/a/one.py": "from . import two\nfrom ..b import three\n", "lib/a/two.py": "", "lib/b/three.py": ""}
    sources = project(tmp_path, {**files, "lib/a/__init__.py": "from .one import *\n"})

    assert set(sources.imports("lib.a.one")) == {"lib.a.two", "lib.b.three"}
    assert set(sources.imports("lib.a")) == {"lib.a.one"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import lib.gone", "app/main.py:2 imports lib.gone, and there is no such module"),
        ("from lib.gone import thing", "app/main.py:2 imports lib.gone, and there is no such module"),
        ("from lib import gone", "app/main.py:2 imports gone from lib, which has no such module and no such name"),
        (
            "def late():\n    import lib.a.one.deeper",
            "app/main.py:3 imports lib.a.one.deeper, and there is no such module",
        ),
    ],
)
def test_an_import_of_a_module_that_is_not_there_is_told_with_its_place(tmp_path: Path, line: str, told: str) -> None:
    sources = project(tmp_path, {"app/main.py": f'"""Starts."""\n{line}\n', "lib/a/one.py": ""})

    with pytest.raises(BadImport) as failure:
        reached(sources, ["app.main"])

    assert str(failure.value) == told
