"""`flywheel org`: organisations and the users who sign in for them."""

import re
import unicodedata

import click

from ops.errors import OpsError
from ops.target import open_target, stack_option
from ops.tenants import ADMINS

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@click.group()
def org() -> None:
    """Organisations and their users."""


@org.command()
@click.argument("name")
@click.option("--id", "org_id", help="Its id in addresses and tokens; made from NAME unless given.")
@click.option("--admin", "admins", multiple=True, metavar="EMAIL", help="Who administers it; repeatable.")
@click.option("--user", "users", multiple=True, metavar="EMAIL", help="A user; repeatable.")
@stack_option
def create(
    name: str, org_id: str | None, admins: tuple[str, ...], users: tuple[str, ...], stack_name: str | None
) -> None:
    """Create an organisation and its users."""
    name = name.strip()
    org_id = id_from(name) if org_id is None else org_id
    if not name.isprintable() or not re.fullmatch(r"[0-9a-zA-Z_-]{1,64}", org_id):
        raise OpsError(f"No id can be made from {name!r}. Give one of letters, digits, `-` and `_`: --id my-org")
    for email in (*admins, *users):
        require_email(email)
    with open_target(stack_name) as target:
        tenants = target.tenants
        tenants.create_organisation(org_id, name)
        for email in (*admins, *users):
            tenants.ensure_user(email, org_id=org_id, group=ADMINS if email in admins else None)
    click.echo(f"Created the organisation {org_id}.")
    for email in (*admins, *users):
        click.echo(f"A token for {email}: ./flywheel token {email}{target.option}")


def require_email(email: str) -> None:
    """OpsError for what is no e-mail address."""
    if not _EMAIL.fullmatch(email):
        raise OpsError(f"{email!r} is no e-mail address.")


def id_from(name: str) -> str:
    """An organisation's id from its name: lower case, accents off, words joined by `-`; empty when nothing is left."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64].rstrip("-")
