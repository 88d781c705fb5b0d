"""Lists the packages in the Lambdas' zips with their licences: `make licences` writes THIRD_PARTY.md.

What is in a zip comes from the lock, the licence from the metadata of the same version that is installed here: no
network is needed. A licence that is not known to be free fails the command.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata

from packaging.requirements import Requirement

from infra.bundle import LAMBDA_TARGET, ROOT, BundleError, find_uv, locked_requirements
from infra.fleet import FLEET

LISTING = ROOT / "THIRD_PARTY.md"

# By SPDX identifier. Each lets anybody use and pass on the package unchanged, in source and binary form.
FREE = frozenset(
    ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CNRI-Python", "ISC", "MIT", "MPL-1.1", "MPL-2.0", "PSF-2.0")
)

# Whose metadata names no licence in the words of SPDX: what the text says that they bring along.
_READ_IN_THE_TEXT = {
    "jinja2": "BSD-3-Clause",
    "justext": "BSD-2-Clause",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # PDFium's own and those of what it is built with lie beside it
    "python-dateutil": "Apache-2.0 AND BSD-3-Clause",  # old contributions are under the second alone
    "tweepy": "MIT",
}

_LAMBDA = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{LAMBDA_TARGET.python_version}.0",
    "python_version": LAMBDA_TARGET.python_version,
    "sys_platform": "linux",
}


class LicenceProblem(Exception):
    """Packages that must not be shipped as they are; the text names each, and what to do."""


@dataclass(frozen=True)
class Package:
    """A package in the zips of `functions`. `licence` is an SPDX expression, or the words of its metadata."""

    name: str
    version: str
    licence: str
    functions: tuple[str, ...]


def packages(uv: str) -> list[Package]:
    """What the zips hold, by name. Raises LicenceProblem."""
    holders: dict[tuple[str, str], list[str]] = {}
    for function in sorted(plan.name for plan in FLEET):
        for pinned in _pinned(locked_requirements(function, uv)):
            holders.setdefault(pinned, []).append(function)
    return [
        Package(name, version, licence_of(name, version), tuple(functions))
        for (name, version), functions in sorted(holders.items())
    ]


def licence_of(name: str, version: str) -> str:
    """The licence of a locked package, from the metadata installed here. Raises LicenceProblem when it is not."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        raise LicenceProblem(f"{name} {version} is not installed here: run `make setup`") from None
    if about["Version"] != version:
        raise LicenceProblem(f"{name} is {version} in the lock and {about['Version']} here: run `make setup`")
    stated = next((about[field] for field in ("License-Expression", "License") if field in about), "none is named")
    return _READ_IN_THE_TEXT.get(name, stated)


def is_free(licence: str) -> bool:
    """Whether an SPDX expression without brackets lets us choose licences that are all in `FREE`."""
    return any(FREE.issuperset(choice.split(" AND ")) for choice in licence.split(" OR "))


def listing(found: Iterable[Package]) -> str:
    """The text of THIRD_PARTY.md. Raises LicenceProblem, with all that are not free."""
    found = list(found)
    refused = [f"{each.name} {each.version}: {each.licence}" for each in found if not is_free(each.licence)]
    if refused:
        raise LicenceProblem(f"not known to be free, and not to be shipped: {'; '.join(refused)}")
    lines = [
        "# Third-party packages",
        "",
        "What the Lambdas' zips hold of others, at the locked versions. `make licences` writes this file.",
        "The licences' texts are in the zips, in each package's `*.dist-info`.",
        "",
        "| Package | Version | Licence | In |",
        "|---|---|---|---|",
        *(f"| {each.name} | {each.version} | {each.licence} | {_where(each)} |" for each in found),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write THIRD_PARTY.md, or leave with a sentence that says why not."""
    try:
        LISTING.write_text(listing(packages(find_uv(os.environ))))
    except (BundleError, LicenceProblem) as problem:
        sys.exit(str(problem))


def _pinned(requirements: str) -> list[tuple[str, str]]:
    """Name and version of each requirement that applies to Lambda, from lines with hashes beneath each."""
    lines = (line.rstrip(" \\") for line in requirements.splitlines() if line and line[0] not in " #")
    pinned = []
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate(_LAMBDA):
            (version,) = requirement.specifier
            pinned.append((requirement.name, version.version))
    return pinned


def _where(package: Package) -> str:
    return "all" if len(package.functions) == len(FLEET) else ", ".join(package.functions)


if __name__ == "__main__":
    main()
