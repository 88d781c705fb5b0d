"""Deploys the CDK app onto the embedded engine with the CDK's own command line, skipping what is already done."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from ops.aws import Aws
from ops.deployment import ACCOUNT, REGION, Deployment
from ops.guard import console_origin
from ops.local_differences import read_cors_as_the_engine_does, watch_one_metric_each
from ops.tools import REPOSITORY, cdk_command, run_tool, with_tools

SOURCES = ("app.py", "cdk.json", "pyproject.toml", "uv.lock", "package-lock.json", "functions", "infra")
_SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@dataclass(frozen=True)
class Assembly:
    """A synthesised app. Equal digests come from equal sources and settings."""

    directory: Path
    digest: str


def synthesise(deployment: Deployment, environ: Mapping[str, str] = os.environ) -> Assembly:
    """Run the CDK app and adapt its template to the engine, unless sources and settings are those of the last time.

    Raises OpsError.
    """
    assembly = Assembly(directory=deployment.root / "cdk.out", digest=digest_of(stack_settings(deployment)))
    stamp = deployment.root / "cdk.out.digest"
    if stamp.exists() and stamp.read_text() == assembly.digest and (assembly.directory / "manifest.json").exists():
        return assembly
    stamp.unlink(missing_ok=True)
    shutil.rmtree(assembly.directory, ignore_errors=True)
    command = cdk_command("synth", "--quiet", "--output", str(assembly.directory))
    run_tool("cdk synth", command, environ=_cdk_environ(deployment, environ), log=deployment.log("synth"))
    _adapt(assembly.directory / f"{deployment.stack_name}.template.json")
    stamp.write_text(assembly.digest)
    return assembly


def is_bootstrapped(aws: Aws) -> bool:
    """Whether the engine holds the bucket and roles that `cdk deploy` needs."""
    return _stack(aws, "CDKToolkit") is not None


def bootstrap(deployment: Deployment, environ: Mapping[str, str] = os.environ) -> None:
    """Make the bucket and roles that `cdk deploy` needs. Raises OpsError."""
    command = cdk_command("bootstrap", f"aws://{ACCOUNT}/{REGION}")
    # Where no cdk.json is: the CLI would synthesise the whole app, which bootstrapping does not need.
    environ = _cdk_environ(deployment, environ)
    run_tool("cdk bootstrap", command, environ=environ, log=deployment.log("bootstrap"), cwd=deployment.root)


def was_deployed(deployment: Deployment) -> bool:
    """Whether an earlier deployment was completed here; the engine may have lost it since."""
    return _stamp(deployment).exists()


def is_deployed(assembly: Assembly, deployment: Deployment, aws: Aws) -> bool:
    """Whether the stack on the engine was made from this assembly."""
    stack = _stack(aws, deployment.stack_name)
    return (
        stack is not None
        and was_deployed(deployment)
        and json.loads(_stamp(deployment).read_text()) == _identity(stack, assembly)
    )


def deploy(assembly: Assembly, deployment: Deployment, environ: Mapping[str, str] = os.environ) -> None:
    """Deploy the assembly. Raises OpsError."""
    command = cdk_command("deploy", deployment.stack_name, "--app", str(assembly.directory))
    command += ["--require-approval", "never", "--progress", "events", "--ci"]
    run_tool("cdk deploy", command, environ=_cdk_environ(deployment, environ), log=deployment.log("deploy"))


def remember(assembly: Assembly, deployment: Deployment, aws: Aws) -> None:
    """Note that the stack on the engine was made from this assembly, for `is_deployed`."""
    stack = _stack(aws, deployment.stack_name)
    if stack is not None:
        _stamp(deployment).write_text(json.dumps(_identity(stack, assembly)))


def stack_outputs(aws: Aws, name: str) -> dict[str, str]:
    """The stack's outputs by key; none when it is not there, or not whole."""
    stack = _stack(aws, name) or {}
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def stack_settings(deployment: Deployment) -> dict[str, str]:
    """What the app is synthesised with: the operator's settings over those that suit one machine.

    Code for this machine's Python, nothing protected from deletion, pages served by the engine's S3, bundled markets
    where there is no internet, sources on this machine, and the console as the one page that may call the API.
    """
    local = {
        "FLYWHEEL_BUNDLE_PLATFORM": "host",
        "FLYWHEEL_STAGE": "dev",
        "FLYWHEEL_MARKET_SAMPLE_FALLBACK": "true",
        "FLYWHEEL_LOOPBACK_SOURCES": "127.0.0.1,localhost",
        "FLYWHEEL_CONSOLE_ORIGIN": console_origin(deployment.port),
        "FLYWHEEL_SITE_URL": f"{deployment.endpoint_url}/{{bucket}}",
    }
    return {**local, **deployment.settings}


def digest_of(settings: Mapping[str, str], repository: Path = REPOSITORY) -> str:
    """A digest of everything the synthesised app depends on."""
    digest = hashlib.sha256(json.dumps([sys.version, sorted(settings.items())]).encode())
    for path in _source_files(repository):
        digest.update(f"{path.relative_to(repository)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _adapt(template_file: Path) -> None:
    template = json.loads(template_file.read_text())
    watch_one_metric_each(template)
    read_cors_as_the_engine_does(template)
    template_file.write_text(json.dumps(template))


def _source_files(repository: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = repository / name
        found = path.rglob("*") if path.is_dir() else [path]
        yield from sorted(each for each in found if each.is_file() and "__pycache__" not in each.parts)


def _cdk_environ(deployment: Deployment, environ: Mapping[str, str]) -> dict[str, str]:
    return {
        **with_tools(deployment.aws_environ(environ)),
        **stack_settings(deployment),
        "CDK_DISABLE_NOTICES": "1",  # the CLI would otherwise ask the internet for news
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CI": "true",
        "NO_COLOR": "1",
    }


def _stack(aws: Aws, name: str) -> Any:
    try:
        stack = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return stack if stack["StackStatus"] in _SETTLED else None


def _stamp(deployment: Deployment) -> Path:
    return deployment.root / "deployed.json"


def _identity(stack: Any, assembly: Assembly) -> list[str]:
    # An engine that lost its state since has another stack, or an older update of it.
    changed = stack.get("LastUpdatedTime", stack["CreationTime"])
    return [assembly.digest, stack["StackId"], changed.isoformat()]
