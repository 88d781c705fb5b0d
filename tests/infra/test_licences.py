"""What the zips hold of others may be passed on, and is listed."""

import json
import os

import pytest

from infra.bundle import ROOT, find_uv
from infra.licences import LISTING, LicenceProblem, Package, is_free, licence_of, listing, packages


def test_the_listing_is_what_the_command_writes_today() -> None:
    assert LISTING.read_text() == listing(packages(find_uv(os.environ))), "run `make licences`"


def test_licences_that_are_not_free_are_all_refused() -> None:
    found = [
        Package("one", "1.0", "MIT", ("api",)),
        Package("two", "2.0", "GPL-3.0-only", ("api",)),
        Package("three", "3.0", "see our website", ("api",)),
    ]

    with pytest.raises(LicenceProblem, match=r"shipped: two 2\.0: GPL-3\.0-only; three 3\.0: see our website"):
        listing(found)


@pytest.mark.parametrize(
    "free", ["MIT", "Apache-2.0 AND MIT", "GPL-2.0-only OR MPL-1.1", "GPL-2.0-only OR MIT AND ISC"]
)
def test_a_licence_is_free_when_one_choice_is_free_in_all_its_parts(free: str) -> None:
    assert is_free(free)


@pytest.mark.parametrize("other", ["", "MIT AND GPL-2.0-only", "(MIT OR ISC)", "MIT WITH a-condition", "AGPL-3.0-only"])
def test_whatever_else_is_said_is_not_free(other: str) -> None:
    assert not is_free(other)


def test_a_package_that_is_not_installed_as_locked_is_told() -> None:
    with pytest.raises(LicenceProblem, match=r"pydantic is 1\.0 in the lock and \d.* here: run `make setup`"):
        licence_of("pydantic", "1.0")
    with pytest.raises(LicenceProblem, match=r"no-such-package 1\.0 is not installed here"):
        licence_of("no-such-package", "1.0")


def test_every_file_that_names_the_projects_licence_names_the_same() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
    assert json.loads((ROOT / "package.json").read_text())["license"] == "MIT"
    assert json.loads((ROOT / "package-lock.json").read_text())["packages"][""]["license"] == "MIT"
    assert '\nlicense = "MIT"\n' in (ROOT / "pyproject.toml").read_text()
    assert "\nMIT licence." in (ROOT / "README.md").read_text()
