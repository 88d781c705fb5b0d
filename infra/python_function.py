"""A Python Lambda with only its own dependencies. Nothing else in this stack bundles code. Decision 0005."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.bundle import ROOT, BundleTarget, build_bundle, find_compiler, find_uv
from infra.fleet import FunctionPlan

RUNTIME = lambda_.Runtime.PYTHON_3_13


class PythonFunction(lambda_.Function):
    """`functions/<name>`, handled by `functions.<name>.handler.handler`, with a role and a log group of its own."""

    def __init__(
        self,
        scope: Construct,
        *,
        plan: FunctionPlan,
        environment: Mapping[str, str],
        target: BundleTarget,
        namespace: str,
    ) -> None:
        log_level = environment.get("POWERTOOLS_LOG_LEVEL", "INFO")
        log_group = logs.LogGroup(
            scope,
            f"{plan.construct_id}Logs",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.own_log_group = log_group
        self.own_role = _role(scope, f"{plan.construct_id}Role", log_group)
        super().__init__(
            scope,
            plan.construct_id,
            description=f"Flywheel {plan.name}",
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"functions.{plan.name}.handler.handler",
            code=_code(plan.name, target),
            role=self.own_role,
            memory_size=plan.memory_mb,
            timeout=cdk.Duration.seconds(plan.timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE if plan.is_traced else lambda_.Tracing.DISABLED,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            # Powertools keeps to `log_level` by itself. Lambda takes a metric's line for INFO: it must pass.
            application_log_level_v2=lambda_.ApplicationLogLevel["DEBUG" if log_level == "DEBUG" else "INFO"],
            recursive_loop=lambda_.RecursiveLoop.ALLOW if plan.sends_to_itself else None,
            environment={
                "POWERTOOLS_SERVICE_NAME": plan.name,
                "POWERTOOLS_METRICS_NAMESPACE": namespace,
                "POWERTOOLS_LOG_LEVEL": log_level,
                **environment,
            },
        )
        acknowledge(self, "Supported until 2029, and the version every dependency has wheels for.", "AwsSolutions-L1")


def describe_bundling(scope: Construct, target: BundleTarget) -> None:
    """Say in the output of the synthesis what an operator should know about the bundles."""
    notes = cdk.Annotations.of(scope)
    if target.platform is None:
        notes.add_info(
            "The Lambdas are bundled for this machine: this assembly is for the embedded engine, not for AWS."
        )
    if find_compiler(target, find_uv(os.environ)) is None:
        notes.add_warning_v2(
            "flywheel:bytecode",
            f"No Python {target.python_version} is here to compile the Lambdas with, and uv could not fetch one: they "
            f"work, but each cold start takes about 0.6 s longer. Run `uv python install {target.python_version}` "
            "where there is a network, and synthesise again.",
        )


def _role(scope: Construct, construct_id: str, log_group: logs.ILogGroup) -> iam.Role:
    role = iam.Role(scope, construct_id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group.grant_write(role)
    acknowledge(role, "X-Ray's actions have no resources to name.", "AwsSolutions-IAM5[Resource::*]")
    return role


def _code(function: str, target: BundleTarget) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(ROOT / "functions" / function),
        asset_hash_type=cdk.AssetHashType.OUTPUT,
        bundling=cdk.BundlingOptions(image=RUNTIME.bundling_image, local=_UvBundling(function, target)),
    )


@jsii.implements(cdk.ILocalBundling)
class _UvBundling:
    def __init__(self, function: str, target: BundleTarget) -> None:
        self._function = function
        self._target = target

    def try_bundle(self, output_dir: str, *_options: Any, **_more: Any) -> bool:
        uv = find_uv(os.environ)
        compiler = find_compiler(self._target, uv)
        build_bundle(self._function, Path(output_dir), target=self._target, uv=uv, compiler=compiler)
        return True  # never fall back to the image: that would need Docker
