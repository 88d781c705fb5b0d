"""Writes the bill of materials, `make sbom`: what the zips hold of others, and what deploys them, as CycloneDX 1.5.

Everything comes from the two lock files and the metadata installed here; no network is needed. The same locks give the
same file, byte for byte: it has no time, and its serial number is made from its content.
"""

import base64
import json
import os
import sys
import tomllib
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from infra.bundle import ROOT, BundleError, find_uv
from infra.licences import LicenceProblem, Package, packages

BILL = ROOT / ".local" / "sbom.cdx.json"
_NAMESPACE = uuid.UUID("5c1f7f0e-2f5d-4a53-9a0b-6a6c7f6f0b4e")


def bill_of(shipped: Iterable[Package], uv_lock: Mapping[str, Any], npm_lock: Mapping[str, Any]) -> dict[str, Any]:
    """The document: components of Python, which are shipped, and of npm, which are unless they are for development."""
    files = {(each["name"], each["version"]): _files(each) for each in uv_lock["package"] if "version" in each}
    python = [_of_python(each, files[each.name, each.version]) for each in shipped]
    components = sorted([*python, *_of_npm(npm_lock)], key=lambda each: str(each["purl"]))
    application = {"type": "application", "bom-ref": "flywheel", "name": "flywheel", "version": _version()}
    serial = uuid.uuid5(_NAMESPACE, json.dumps(components, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": application},
        "components": components,
        "dependencies": [{"ref": "flywheel", "dependsOn": [each["bom-ref"] for each in components]}],
    }


def text_of(bill: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(bill, indent=2) + "\n"


def main() -> None:
    """Write the file, or leave with a sentence that says why not."""
    try:
        shipped = packages(find_uv(os.environ))
    except (BundleError, LicenceProblem) as problem:
        sys.exit(str(problem))
    uv_lock = tomllib.loads((ROOT / "uv.lock").read_text())
    bill = bill_of(shipped, uv_lock, json.loads((ROOT / "package-lock.json").read_text()))
    BILL.parent.mkdir(exist_ok=True)
    BILL.write_text(text_of(bill))
    sys.stdout.write(f"{len(bill['components'])} components: {BILL}\n")


def _of_python(package: Package, files: list[dict[str, Any]]) -> dict[str, Any]:
    purl = f"pkg:pypi/{package.name}@{package.version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "scope": "required",
        "licenses": [{"expression": package.licence}],
        "purl": purl,
        "externalReferences": files,
        "properties": [{"name": "flywheel:in", "value": function} for function in package.functions],
    }


def _files(locked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The locked files of a package, each with its hash: one of them is what was installed."""
    found = [*([locked["sdist"]] if "sdist" in locked else []), *locked.get("wheels", [])]
    return [
        {"type": "distribution", "url": each["url"], "hashes": [{"alg": "SHA-256", "content": each["hash"][7:]}]}
        for each in found
    ]


def _of_npm(lock: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for path, locked in lock["packages"].items():
        if not path:
            continue
        name = path.rpartition("node_modules/")[2]
        purl = f"pkg:npm/{name.replace('@', '%40', 1)}@{locked['version']}"
        component = {"type": "library", "bom-ref": purl, "name": name, "version": locked["version"], "purl": purl}
        component["scope"] = "excluded" if locked.get("dev") else "required"
        component["licenses"] = [{"expression": locked["license"]}] if "license" in locked else []
        component["hashes"] = [{"alg": "SHA-512", "content": _hex(locked["integrity"])}]
        found.append(component)
    return found


def _hex(integrity: str) -> str:
    algorithm, _, encoded = integrity.partition("-")
    if algorithm != "sha512":
        raise LicenceProblem(f"{integrity} of package-lock.json is not by SHA-512: make the lock anew")
    return base64.b64decode(encoded).hex()


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


if __name__ == "__main__":
    main()
