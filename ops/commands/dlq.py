"""`flywheel dlq`: what could not be handled, why, and sending it back."""

import json
import time
from collections.abc import Sequence
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from functions.api.dead_letters.models import DeadLetterView
from functions.shared.kernel.dead_letters.browse import browse
from functions.shared.kernel.dead_letters.queues import DeadLetterQueues
from functions.shared.kernel.dead_letters.redrive import PER_SECOND, Redriven, is_one_of, redrive_all, redrive_chosen
from ops.errors import OpsError
from ops.show import open_console
from ops.target import open_target, stack_option

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_lane = click.argument("lane")


@click.group()
def dlq() -> None:
    """Dead letters: messages whose jobs failed for good.

    LANE is the name of a queue as `list` shows it.
    """


@dlq.command("list")
@stack_option
@_as_json
def list_(stack_name: str | None, as_json: bool) -> None:
    """Count the dead letters of each queue."""
    with open_target(stack_name) as target:
        queues = target.dead_letters
        counts = {lane: queues.count(lane) for lane in queues.lanes}
    if as_json:
        _print_json([{"lane": lane, "messages": messages} for lane, messages in counts.items()])
        return
    table = Table("queue", "dead letters")
    for lane, messages in counts.items():
        table.add_row(lane, Text(str(messages), style="bold red" if messages else "dim"))
    open_console().print(table)


@dlq.command()
@_lane
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@stack_option
@_as_json
def show(lane: str, limit: int, stack_name: str | None, as_json: bool) -> None:
    """Show the messages of LANE with why their jobs failed; they stay where they are."""
    with open_target(stack_name) as target:
        queues = target.dead_letters
        _require(lane, queues)
        found = browse(lane, limit=limit, queues=queues, jobs=target.jobs)
        total = queues.count(lane)
    letters = [DeadLetterView.of(dead).model_dump(mode="json") for dead in found]
    if as_json:
        _print_json(letters)
        return
    table = Table("job, its type and organisation", "failed at", "reason")
    for each in letters:
        table.add_row(_name(each), str(each["failed_at"] or "-")[:19], Text(each["reason"]))
    console = open_console()
    console.print(table)
    console.print(f"{len(letters)} of {total} shown. Send all back: ./flywheel dlq redrive {lane}{target.option}")


@dlq.command()
@_lane
@click.option("--job", "job_ids", multiple=True, metavar="ID", help="Only this job's message; repeatable.")
@click.option("--message", "message_ids", multiple=True, metavar="ID", help="Only this message; repeatable.")
@click.option(
    "--rate",
    type=click.IntRange(1, 500),
    default=PER_SECOND,
    show_default=True,
    help="How many messages a second.",
)
@stack_option
@_as_json
def redrive(
    lane: str,
    job_ids: Sequence[str],
    message_ids: Sequence[str],
    rate: int,
    stack_name: str | None,
    as_json: bool,
) -> None:
    """Send the messages of LANE back to their queue, so that their jobs start afresh.

    It can be stopped and repeated at any time: a message sent back twice runs its job once.
    """
    with open_target(stack_name) as target:
        queues = target.dead_letters
        _require(lane, queues)
        if job_ids or message_ids:
            wanted = is_one_of(frozenset(message_ids), frozenset(job_ids))
            done = redrive_chosen(lane, wanted, queues=queues, pause=time.sleep, per_second=rate)
        else:
            done = redrive_all(lane, queues=queues, pause=time.sleep, per_second=rate)
    if as_json:
        _print_json({"lane": lane, "moved": done.moved, "remaining": done.remaining, "is_moving": done.is_moving})
    else:
        click.echo(_told(lane, done, target.option))


@dlq.command()
@_lane
@click.option("--yes", is_flag=True, help="Do not ask.")
@stack_option
def purge(lane: str, yes: bool, stack_name: str | None) -> None:
    """Delete every message of LANE for good. Their jobs stay failed, and can be retried through the API."""
    with open_target(stack_name) as target:
        queues = target.dead_letters
        _require(lane, queues)
        count = queues.count(lane)
        if not yes:
            click.confirm(f"Delete {count} dead letters of {lane} for good?", abort=True)
        queues.purge(lane)
    click.echo(f"Deleted {count} dead letters of {lane}.")


def _require(lane: str, queues: DeadLetterQueues) -> None:
    if lane not in queues.lanes:
        raise OpsError(f"There is no queue {lane}. There are: {', '.join(queues.lanes)}")


def _name(letter: dict[str, Any]) -> Text:
    if letter["job_id"] is None:
        return Text(f"message {letter['message_id']}", style="dim")
    text = Text(letter["job_id"])
    return text.append(f"\n{letter['type'] or 'gone'}, {letter['org_id']}", style="dim")


def _told(lane: str, done: Redriven, option: str) -> str:
    if done.is_moving:
        return f"SQS moves about {done.remaining} messages of {lane} by itself. See: ./flywheel dlq list{option}"
    return f"Sent {done.moved} messages back to {lane}; {done.remaining} are left."


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2))
