"""`flywheel user`: the users of an organisation. Decision 0033."""

import click
from rich.console import Console
from rich.table import Table

from ops.commands.org import require_email
from ops.target import open_target, stack_option
from ops.tenants import GROUPS

_org = click.option("--org", "org_id", required=True, metavar="ORG", help="The organisation's id.")


@click.group()
def user() -> None:
    """Users of an organisation."""


@user.command()
@click.argument("email")
@_org
@click.option("--group", type=click.Choice(GROUPS), help="An editor unless given.")
@stack_option
def add(email: str, org_id: str, group: str | None, stack_name: str | None) -> None:
    """Make EMAIL a user of an organisation, or put them in a group."""
    require_email(email)
    with open_target(stack_name) as target:
        target.tenants.require_organisation(org_id)
        target.tenants.ensure_user(email, org_id=org_id, group=group)
        click.echo(f"A token for {email}: ./flywheel token {email}{target.option}")


@user.command("list")
@_org
@stack_option
def show(org_id: str, stack_name: str | None) -> None:
    """List an organisation's users, with their groups."""
    with open_target(stack_name) as target:
        target.tenants.require_organisation(org_id)
        print_users(target.tenants.users(org_id=org_id))


@user.command()
@click.argument("email")
@_org
@stack_option
def remove(email: str, org_id: str, stack_name: str | None) -> None:
    """Delete a user. A token that they hold stays valid until it ends, an hour at most."""
    with open_target(stack_name) as target:
        target.tenants.remove_user(email, org_id=org_id)
    click.echo(f"Removed {email}. A token that they hold ends within an hour.")


@user.command()
@click.argument("email")
@_org
@stack_option
def disable(email: str, org_id: str, stack_name: str | None) -> None:
    """Let a user sign in no more, and sign them out. A token that they hold ends within an hour."""
    with open_target(stack_name) as target:
        target.tenants.disable_user(email, org_id=org_id)
    click.echo(f"Disabled {email}. A token that they hold ends within an hour.")


def print_users(users: list[tuple[str, str, str]]) -> None:
    """A table of users."""
    table = Table("user", "groups", "status")
    for each in users:
        table.add_row(*each)
    Console().print(table)
