import subprocess
import sys

import pytest
from click.testing import CliRunner

from ops.cli import flywheel
from ops.commands.org import id_from
from ops.errors import OpsError
from ops.tenants import generate_password
from ops.tools import REPOSITORY


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(flywheel, ["--help"]).output

    for name in ("up", "down", "status", "demo", "token", "org", "user", "operator", "dlq"):
        assert f"\n  {name} " in shown


@pytest.mark.parametrize(
    ("name", "org_id"),
    [("Demo", "demo"), ("  Acme & Söhne, Ltd. ", "acme-sohne-ltd"), ("A" * 80, "a" * 64), ("株式会社", "")],
)
def test_an_organisations_id_is_made_from_its_name(name: str, org_id: str) -> None:
    assert id_from(name) == org_id


@pytest.mark.parametrize("arguments", [["株式会社"], ["Acme", "--id", "a b"], ["Acme", "--user", "nobody"], ["a\nb"]])
def test_an_organisation_that_cannot_be_is_refused_before_anything_is_done(arguments: list[str]) -> None:
    result = CliRunner().invoke(flywheel, ["org", "create", *arguments])

    assert isinstance(result.exception, OpsError)


def test_a_generated_password_has_every_kind_of_character() -> None:
    password = generate_password()

    assert len(password) == 24
    assert all(any(kind(character) for character in password) for kind in (str.islower, str.isupper, str.isdigit))
    assert any(not character.isalnum() for character in password)
    assert password != generate_password()


def test_the_command_line_starts_without_the_cdk_which_takes_seconds_and_speaks_of_its_node() -> None:
    code = "import sys, ops.cli; sys.exit(bool({'aws_cdk', 'jsii'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0
