"""`flywheel up`, `down` and `status`."""

import os

import click

from ops.api import Api
from ops.attach import exclusively, running_deployment
from ops.aws import Aws
from ops.deployment import Deployment
from ops.engine import Engine
from ops.progress import Steps
from ops.show import open_console, show_addresses, show_status, warn_of_misspelt
from ops.up import bring_down, bring_up


@click.command()
def up() -> None:
    """Start the engine, deploy what changed and write .local/outputs.json."""
    console = open_console()
    deployment = Deployment.from_env(os.environ)
    warn_of_misspelt(console, deployment)
    with exclusively(deployment), Steps(console) as steps:
        outputs = bring_up(deployment, steps)
    show_addresses(console, deployment, outputs)


@click.command()
def down() -> None:
    """Stop the engine; its state is kept for the next `up`."""
    console = open_console()
    deployment = Deployment.from_env(os.environ)
    with exclusively(deployment), Steps(console) as steps:
        was_running = bring_down(deployment, steps)
    console.print("Stopped. `make up` brings everything back." if was_running else "Flywheel was not running.")


@click.command()
def status() -> None:
    """Show whether it runs, where, and what it holds."""
    deployment = running_deployment()
    outputs = deployment.outputs()
    engine = Engine(deployment).running()
    with Aws(deployment) as aws, Api(outputs["api_url"], outputs["operator_token"]) as api:
        show_status(open_console(), deployment, outputs, engine=engine, sqs=aws.sqs, api=api)
