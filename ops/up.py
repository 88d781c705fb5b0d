"""`flywheel up`: from nothing, or from a stopped engine, to a running deployment."""

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ops import deploy
from ops.aws import Aws
from ops.deploy import Assembly
from ops.deployment import Deployment, write_private
from ops.engine import Engine
from ops.local_differences import (
    allow_plain_http,
    find_schedules_in_any_group,
    send_in_batches,
    send_mail_as_any_identity,
    serve_site_from_s3,
    take_uploads_over_plain_http,
)
from ops.outputs import StackOutputs, describe
from ops.progress import Steps
from ops.tenants import ADMINS, Tenants

DEFAULT_ORG_ID = "demo"
DEFAULT_ORG_NAME = "Demo"
ADMIN = "admin@demo.example"
USER = "user@demo.example"
OPERATOR = "operator@flywheel.example"
DEMO_USERS = {"operator": OPERATOR, "admin": ADMIN, "user": USER}

Synthesise = Callable[[Deployment, Mapping[str, str]], Assembly]


def bring_up(
    deployment: Deployment,
    steps: Steps,
    *,
    environ: Mapping[str, str] = os.environ,
    synthesise: Synthesise = deploy.synthesise,
) -> dict[str, Any]:
    """Start the engine, deploy what changed, make sure of the default organisation and its users.

    Returns the outputs, which are also in the deployment's `outputs.json`. Raises OpsError.
    """
    engine = Engine(deployment, environ)
    with Aws(deployment) as aws, ThreadPoolExecutor() as pool:
        _start(engine, deployment, steps)
        synthesis = pool.submit(_synthesise, deployment, steps, environ, synthesise)
        _bootstrap(engine, deployment, aws, steps, environ)
        _deploy(synthesis.result(), engine, deployment, aws, steps, environ)
        with steps.step("set up the default organisation, its users and their tokens"):
            return _settle_in(deployment, aws)


def bring_down(deployment: Deployment, steps: Steps) -> bool:
    """Stop the engine, which keeps its state; whether one was running. Raises OpsError."""
    engine = Engine(deployment)
    if engine.running() is None:
        return False
    with steps.step("stop the engine and save its state") as say:
        engine.stop(say)
    return True


def open_tenants(deployment: Deployment, aws: Aws) -> Tenants:
    """The deployment's organisations and users. Raises OpsError when it is not deployed."""
    return _tenants(deployment, aws, StackOutputs.parse(deploy.stack_outputs(aws, deployment.stack_name)))


def _synthesise(deployment: Deployment, steps: Steps, environ: Mapping[str, str], synthesise: Synthesise) -> Assembly:
    with steps.step("synthesise the stack and bundle its functions"):
        return synthesise(deployment, environ)


def _start(engine: Engine, deployment: Deployment, steps: Steps) -> None:
    running = engine.running()
    if running is not None and running.port != deployment.port:
        engine.require_port()
        with steps.step(f"stop the engine on port {running.port}") as say:
            engine.stop(say)
        running = None
    if running is None:
        # A deployment that may turn out unchanged comes up as it ran before, with the policies enforced.
        with steps.step(f"start the engine on port {deployment.port}") as say:
            engine.start(enforce_iam=deploy.was_deployed(deployment), say=say)


def _bootstrap(engine: Engine, deployment: Deployment, aws: Aws, steps: Steps, environ: Mapping[str, str]) -> None:
    if not deploy.is_bootstrapped(aws):
        _restart(engine, steps, enforce_iam=False)
        with steps.step("prepare the engine's account (cdk bootstrap)"):
            deploy.bootstrap(deployment, environ)


def _deploy(
    assembly: Assembly, engine: Engine, deployment: Deployment, aws: Aws, steps: Steps, environ: Mapping[str, str]
) -> None:
    deployed = deploy.is_deployed(assembly, deployment, aws)
    if not deployed:
        _restart(engine, steps, enforce_iam=False)  # the CDK's asset upload does not pass the engine's policy check
        with steps.step("deploy the stack (cdk deploy)"):
            deploy.deploy(assembly, deployment, environ)
            allow_plain_http(aws.sqs)
            stack = StackOutputs.parse(deploy.stack_outputs(aws, deployment.stack_name))
            find_schedules_in_any_group(aws.iam, aws.roles_of(stack.functions.values()))
            send_in_batches(aws.iam, aws.roles_of(stack.functions.values()))
            send_mail_as_any_identity(aws.iam, aws.roles_of(stack.functions.values()))
            serve_site_from_s3(aws.s3, stack.site_bucket)
            take_uploads_over_plain_http(aws.s3, stack.uploads_bucket)
    _restart(engine, steps, enforce_iam=True)
    if not deployed:
        deploy.remember(assembly, deployment, aws)  # not earlier: the restart has saved the engine's state


def _restart(engine: Engine, steps: Steps, *, enforce_iam: bool) -> None:
    running = engine.running()
    if running is not None and running.enforces_iam == enforce_iam:
        return
    how = "with" if enforce_iam else "without"
    with steps.step(f"restart the engine {how} IAM policies enforced") as say:
        engine.stop(say)
        engine.start(enforce_iam=enforce_iam, say=say)


def _settle_in(deployment: Deployment, aws: Aws) -> dict[str, Any]:
    stack = StackOutputs.parse(deploy.stack_outputs(aws, deployment.stack_name))
    if deployment.openai_api_key:
        secret = json.dumps({"api_key": deployment.openai_api_key})
        aws.secrets.put_secret_value(SecretId=stack.openai_secret, SecretString=secret)
    if deployment.x_app:
        aws.secrets.put_secret_value(SecretId=stack.x_app_secret, SecretString=json.dumps(dict(deployment.x_app)))
    tenants = _tenants(deployment, aws, stack)
    tenants.ensure_organisation(DEFAULT_ORG_ID, DEFAULT_ORG_NAME)
    tenants.ensure_operator(OPERATOR)
    tenants.ensure_user(ADMIN, org_id=DEFAULT_ORG_ID, group=ADMINS)
    tenants.ensure_user(USER, org_id=DEFAULT_ORG_ID)
    outputs = describe(stack, deployment, tokens=demo_tokens(tenants), login=(ADMIN, tenants.password(ADMIN)))
    write_private(deployment.outputs_file, outputs)
    return outputs


def demo_tokens(tenants: Tenants) -> dict[str, str]:
    """Fresh tokens of those users that `outputs.json` has."""
    return {f"{who}_token": tenants.token(email) for who, email in DEMO_USERS.items()}


def _tenants(deployment: Deployment, aws: Aws, stack: StackOutputs) -> Tenants:
    return Tenants(
        aws,
        accounts_table=stack.tables["accounts"],
        user_pool=stack.user_pool,
        client_id=stack.client_id,
        users_file=deployment.users_file,
    )
