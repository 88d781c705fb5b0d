"""The `flywheel` command. A group of subcommands is a file in ops/commands and a line in COMMANDS."""

import logging
import sys

import click
from rich.console import Console

from functions.shared.kernel.log import log
from ops.commands import demo, dlq, lifecycle, operator, org, token, user
from ops.errors import OpsError

COMMANDS = (
    lifecycle.up,
    lifecycle.down,
    lifecycle.status,
    demo.demo,
    token.token,
    org.org,
    user.user,
    operator.operator,
    dlq.dlq,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def flywheel() -> None:
    """Run Flywheel on this machine.

    FLYWHEEL_PORT moves the engine (default 4566); other FLYWHEEL_* variables given to `up` are settings of the stack.
    """


for command in COMMANDS:
    flywheel.add_command(command)


def main() -> None:
    """Run the command line; an expected failure is a sentence and exit status 1."""
    _leave_stdout_to_answers()
    try:
        flywheel(prog_name="flywheel")
    except OpsError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


def _leave_stdout_to_answers() -> None:
    """What the product logs is for its operators: here it would stand amid tables, and spoil what `--json` prints."""
    log.setLevel("WARNING")
    handler = log.registered_handler
    if isinstance(handler, logging.StreamHandler):
        handler.setStream(sys.stderr)
