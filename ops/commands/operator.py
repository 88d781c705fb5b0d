"""`flywheel operator`: who looks after the whole deployment. Decision 0033."""

import click

from ops.commands.org import require_email
from ops.commands.user import print_users
from ops.target import open_target, stack_option


@click.group("operator")
def operator() -> None:
    """Operators, who see and mend what all organisations have."""


@operator.command()
@click.argument("email")
@stack_option
def add(email: str, stack_name: str | None) -> None:
    """Make EMAIL, who is no customer's user, an operator."""
    require_email(email)
    with open_target(stack_name) as target:
        target.tenants.ensure_operator(email)
        click.echo(f"A token for {email}: ./flywheel token {email}{target.option}")


@operator.command("list")
@stack_option
def show(stack_name: str | None) -> None:
    """List the operators."""
    with open_target(stack_name) as target:
        print_users(target.tenants.users(org_id=None))


@operator.command()
@click.argument("email")
@stack_option
def remove(email: str, stack_name: str | None) -> None:
    """Delete an operator. A token that they hold ends within an hour."""
    with open_target(stack_name) as target:
        target.tenants.remove_user(email, org_id=None)
    click.echo(f"Removed {email}. A token that they hold ends within an hour.")
