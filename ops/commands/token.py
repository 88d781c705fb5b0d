"""`flywheel token`: the tokens in outputs.json end after an hour."""

import click

from ops.attach import exclusively, running_deployment
from ops.aws import Aws
from ops.deployment import write_private
from ops.target import open_target, stack_option
from ops.up import ADMIN, demo_tokens, open_tenants


@click.command()
@click.argument("email", default=ADMIN)
@stack_option
def token(email: str, stack_name: str | None) -> None:
    """Print a fresh token for EMAIL (the demo administrator unless given) and refresh those in outputs.json."""
    if stack_name:
        with open_target(stack_name) as target:
            click.echo(target.tenants.token(email))
        return
    deployment = running_deployment()
    with exclusively(deployment), Aws(deployment) as aws:
        tenants = open_tenants(deployment, aws)
        wanted = tenants.token(email)
        write_private(deployment.outputs_file, {**deployment.outputs(), **demo_tokens(tenants)})
    click.echo(wanted)
