"""`flywheel demo`: everything, once, to look at."""

import os
import time

import click

from ops.api import Api
from ops.attach import exclusively
from ops.aws import Aws
from ops.demo import WANTED, run_demo
from ops.deployment import Deployment
from ops.errors import OpsError
from ops.progress import Steps
from ops.show import open_console, show_addresses, show_demo, warn_of_misspelt
from ops.up import bring_up


@click.command()
def demo() -> None:
    """Bring everything up, make pages and posts from trending markets, and show them."""
    started = time.monotonic()
    console = open_console()
    deployment = Deployment.from_env(os.environ)
    warn_of_misspelt(console, deployment)
    with exclusively(deployment), Steps(console) as steps:
        outputs = bring_up(deployment, steps)
        with Aws(deployment) as aws, Api(outputs["api_url"], outputs["user_token"]) as api:
            generator = outputs["functions"]["pseo_generator"]
            result = run_demo(aws.functions, generator, api, steps, site_url=outputs["site_url"])
    show_demo(console, result)
    show_addresses(console, deployment, outputs)
    console.print(f"\nDone in {time.monotonic() - started:.0f} s. It goes on running.")
    if not result.is_complete:
        raise OpsError(
            f"Only {len(result.pages)} pages and {len(result.posts)} posts exist, {WANTED} of each were expected. "
            f"See ./flywheel status and {deployment.log('engine')}"
        )
