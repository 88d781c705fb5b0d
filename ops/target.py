"""What a command acts on: this clone's deployment, or a stack in the operator's own AWS account."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.dead_letters.sqs import SqsDeadLetterQueues
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from ops import deploy
from ops.attach import exclusively, running_deployment
from ops.aws import Aws
from ops.deployment import LOCAL, STACK
from ops.errors import OpsError
from ops.outputs import StackOutputs, local_queue_url
from ops.tenants import Tenants

_DEAD = "-dlq"

stack_option: Callable[[Any], Any] = click.option(
    "--stack",
    "stack_name",
    metavar="NAME",
    help="Act on the stack of this name in your AWS account, with your credentials and region, instead of the "
    "deployment on this machine.",
)


@dataclass(frozen=True)
class Target:
    """A deployment to act on. `option` is what names it on the command line, with a space in front."""

    aws: Aws
    stack: StackOutputs
    users_file: Path
    option: str = ""

    @property
    def tenants(self) -> Tenants:
        """Its organisations and users."""
        return Tenants(
            self.aws,
            accounts_table=self.stack.tables["accounts"],
            user_pool=self.stack.user_pool,
            client_id=self.stack.client_id,
            users_file=self.users_file,
        )

    @property
    def dead_letters(self) -> SqsDeadLetterQueues:
        """Its dead-letter queues, by lane."""
        urls = self.stack.queues
        dead = {name.removesuffix(_DEAD): url for name, url in urls.items() if name.endswith(_DEAD)}
        lanes = {name: url for name, url in urls.items() if name in dead}
        return SqsDeadLetterQueues(lanes, dead, lambda: self.aws.sqs)

    @property
    def jobs(self) -> DynamoJobStore:
        """Its jobs."""
        return DynamoJobStore(self.stack.tables["jobs"], lambda: self.aws.dynamodb, utc_now, timedelta(days=30))


@contextmanager
def open_target(stack_name: str | None) -> Iterator[Target]:
    """The deployment on this machine, held for this command, or the stack of this name on AWS.

    Raises OpsError when there is none, and for whatever goes wrong with AWS in the block.
    """
    try:
        with _on_aws(stack_name) if stack_name else _local() as target:
            yield target
    except FlywheelError as error:
        raise OpsError(error.reason) from error


@contextmanager
def _local() -> Iterator[Target]:
    deployment = running_deployment()
    with exclusively(deployment), Aws(deployment) as aws:
        stack = StackOutputs.parse(deploy.stack_outputs(aws, deployment.stack_name))
        urls = {name: local_queue_url(deployment.endpoint_url, url) for name, url in stack.queues.items()}
        yield Target(aws, stack.at(urls), deployment.users_file)


@contextmanager
def _on_aws(stack_name: str) -> Iterator[Target]:
    if not re.fullmatch("[A-Za-z][-A-Za-z0-9]{0,127}", stack_name):
        raise OpsError(f"{stack_name!r} is no stack's name. Flywheel's is {STACK} unless you changed it.")
    try:
        with Aws(None) as aws:
            outputs = deploy.stack_outputs(aws, stack_name)
            if not outputs:
                raise OpsError(f"There is no deployed stack {stack_name} in region {aws.region}. Run `cdk deploy`.")
            users_file = LOCAL / "aws" / f"{stack_name}-users.json"
            yield Target(aws, StackOutputs.parse(outputs), users_file, option=f" --stack {stack_name}")
    except (BotoCoreError, ClientError) as error:
        raise OpsError(f"AWS could not do that: {error}") from error
