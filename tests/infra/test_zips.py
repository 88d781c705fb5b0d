"""The zips that go to AWS: how big they are, and who can read what is in them."""

import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from infra.bundle import LAMBDA_TARGET, build_bundle, find_compiler
from infra.fleet import FLEET
from infra.licences import packages
from tests.infra.bundling import umask

NAMES = [plan.name for plan in FLEET]
MOST_BYTES = {name: 26_000_000 if name == "scraper" else 10_000_000 for name in NAMES}
WITHOUT_A_TEXT = {"standardwebhooks"}  # its wheel says MIT, and brings no text

Zip = tuple[int, list[zipfile.ZipInfo]]


@pytest.fixture(scope="session")
def zip_of(tmp_path_factory: pytest.TempPathFactory, uv: str) -> Callable[[str], Zip]:
    """Size and entries of a Lambda's zip, packed as the CDK packs it, from a clone that only its owner can read."""
    compiler = find_compiler(LAMBDA_TARGET, uv)

    @cache
    def make(name: str) -> Zip:
        with umask(0o077):
            folder = tmp_path_factory.mktemp(name)
            build_bundle(name, folder, target=LAMBDA_TARGET, uv=uv, compiler=compiler)
        packed = tmp_path_factory.mktemp("zips") / f"{name}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
            return packed.stat().st_size, archive.infolist()

    return make


@pytest.mark.parametrize("name", NAMES)
def test_a_zip_for_aws_is_small(zip_of: Callable[[str], Zip], name: str) -> None:
    size, _ = zip_of(name)

    assert size <= MOST_BYTES[name]


@pytest.mark.parametrize("name", NAMES)
def test_lambda_can_read_all_of_a_zip_whatever_the_umask_of_who_made_it(
    zip_of: Callable[[str], Zip], name: str
) -> None:
    _, infos = zip_of(name)
    modes = {(info.is_dir(), oct(info.external_attr >> 16 & 0o777)) for info in infos}

    assert modes == {(True, "0o755"), (False, "0o644")}


@pytest.mark.parametrize("name", NAMES)
def test_a_zip_holds_no_fake_and_nothing_but_its_own_function_of_ours(zip_of: Callable[[str], Zip], name: str) -> None:
    _, infos = zip_of(name)
    ours = [Path(info.filename) for info in infos if info.filename.startswith("functions/")]

    assert {path.parts[1] for path in ours if len(path.parts) > 1} - {"__pycache__"} == {"__init__.py", "shared", name}
    assert [path for path in ours if "memory" in (path.name.split(".")[0], *path.parts)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_zip_holds_the_listed_packages_with_the_texts_of_their_licences(
    zip_of: Callable[[str], Zip], uv: str, name: str
) -> None:
    _, infos = zip_of(name)
    files = [Path(info.filename).parts for info in infos if not info.is_dir()]
    metadata = [(parts[0], parts[1]) for parts in files if parts[0].endswith(".dist-info")]
    listed = {f"{each.name}-{each.version}" for each in packages(uv) if name in each.functions}

    assert {_package(folder) for folder, _ in metadata} == listed
    with_texts = {_package(folder) for folder, file in metadata if file not in ("METADATA", "entry_points.txt")}
    assert {package.rpartition("-")[0] for package in listed - with_texts} <= WITHOUT_A_TEXT


def _package(metadata: str) -> str:
    name, _, version = metadata.removesuffix(".dist-info").partition("-")
    return f"{name.lower().replace('_', '-').replace('.', '-')}-{version}"
