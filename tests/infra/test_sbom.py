"""The bill of materials names what is shipped, the same for the same locks."""

import json
import os
import re
import tomllib
from typing import Any

import pytest

from infra.bundle import ROOT, find_uv
from infra.licences import LISTING, LicenceProblem, packages
from infra.sbom import bill_of, text_of

UV_LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
NPM_LOCK = json.loads((ROOT / "package-lock.json").read_text())


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return bill_of(packages(find_uv(os.environ)), UV_LOCK, NPM_LOCK)


def test_every_package_of_the_zips_and_of_npm_is_a_component(bill: dict[str, Any]) -> None:
    shipped = re.findall(r"^\| ([\w.-]+) \| ([\w.+-]+) \|", LISTING.read_text(), flags=re.MULTILINE)[1:]
    purls = {each["purl"] for each in bill["components"]}
    assert {f"pkg:pypi/{name}@{version}" for name, version in shipped} <= purls
    assert "pkg:npm/aws-cdk@2.1148.1" in purls
    assert len(purls) == len(bill["components"]) == len(shipped) + len(NPM_LOCK["packages"]) - 1


def test_each_component_can_be_told_by_its_hash_and_has_a_licence(bill: dict[str, Any]) -> None:
    for each in bill["components"]:
        hashes = each.get("hashes") or [one for file in each["externalReferences"] for one in file["hashes"]]
        assert hashes, each["name"]
        assert all(re.fullmatch("[0-9a-f]{64}|[0-9a-f]{128}", one["content"]) for one in hashes)
        assert each["licenses"], each["name"]


def test_what_only_deploys_is_told_from_what_runs(bill: dict[str, Any]) -> None:
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    assert scopes["aws-cdk"] == "excluded"
    assert scopes["pydantic"] == "required"
    lock = {
        "packages": {
            "": {},
            "node_modules/@one/two": {"version": "1.0.0", "integrity": "sha512-AAAA", "license": "MIT"},
        }
    }
    (component,) = bill_of([], UV_LOCK, lock)["components"]
    assert (component["purl"], component["scope"]) == ("pkg:npm/%40one/two@1.0.0", "required")


def test_the_same_locks_give_the_same_file(bill: dict[str, Any]) -> None:
    again = bill_of(packages(find_uv(os.environ)), UV_LOCK, NPM_LOCK)
    assert text_of(again) == text_of(bill)
    assert bill_of([], UV_LOCK, NPM_LOCK)["serialNumber"] != bill["serialNumber"]
    assert "timestamp" not in bill["metadata"]


def test_every_reference_leads_to_a_component(bill: dict[str, Any]) -> None:
    known = {each["bom-ref"] for each in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    for each in bill["dependencies"]:
        assert {each["ref"], *each["dependsOn"]} <= known


def test_a_weak_hash_of_npm_is_refused() -> None:
    lock = {"packages": {"node_modules/one": {"version": "1.0.0", "integrity": "sha1-AAAA"}}}
    with pytest.raises(LicenceProblem, match="not by SHA-512"):
        bill_of([], UV_LOCK, lock)
