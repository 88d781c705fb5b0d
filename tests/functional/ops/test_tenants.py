import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.errors import OpsError
from ops.tenants import Tenants
from tests.support.aws import make_tables


class MotoAws:
    """The clients Tenants uses, on moto."""

    def __init__(self) -> None:
        self.cognito = boto3.client("cognito-idp")
        self.dynamodb = boto3.client("dynamodb")


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[Tenants]:
    with mock_aws():
        make_tables()
        aws: Any = MotoAws()
        attribute: Any = {"Name": "org_id", "AttributeDataType": "String", "Mutable": False}
        pool = aws.cognito.create_user_pool(PoolName="users", Schema=[attribute])["UserPool"]["Id"]
        for group in ("admins", "operators", "viewers"):
            aws.cognito.create_group(UserPoolId=pool, GroupName=group)
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        client = aws.cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
        yield Tenants(
            aws,
            accounts_table="accounts",
            user_pool=pool,
            client_id=client["UserPoolClient"]["ClientId"],
            users_file=tmp_path / "users.json",
        )


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def test_a_token_names_the_organisation_and_an_administrators_group(tenants: Tenants) -> None:
    tenants.ensure_user("boss@acme.example", org_id="acme", group="admins")

    token = claims(tenants.token("boss@acme.example"))

    assert token["custom:org_id"] == "acme"
    assert token["cognito:groups"] == ["admins"]


def test_an_organisation_and_a_user_are_made_once(tenants: Tenants) -> None:
    assert tenants.ensure_organisation("acme", "Acme")
    assert not tenants.ensure_organisation("acme", "Acme")
    tenants.ensure_user("a@acme.example", org_id="acme")
    tenants.ensure_user("a@acme.example", org_id="acme")

    assert claims(tenants.token("a@acme.example"))["custom:org_id"] == "acme"


def test_a_user_never_moves_to_another_organisation(tenants: Tenants) -> None:
    tenants.ensure_user("a@acme.example", org_id="acme")

    with pytest.raises(OpsError, match="already belongs to the organisation 'acme'"):
        tenants.ensure_user("a@acme.example", org_id="rival")


def test_a_user_whose_password_was_lost_gets_a_new_one(tenants: Tenants, tmp_path: Path) -> None:
    tenants.ensure_user("a@acme.example", org_id="acme")
    (tmp_path / "users.json").unlink()

    with pytest.raises(OpsError, match="No password"):
        tenants.token("a@acme.example")
    tenants.ensure_user("a@acme.example", org_id="acme")

    assert tenants.token("a@acme.example")


def test_one_name_is_one_customer(tenants: Tenants) -> None:
    tenants.create_organisation("uber-gmbh", "Über GmbH")
    tenants.create_organisation("aber-gmbh", "Åber GmbH")
    for org_id, name in (("other", "  ÜBER  gmbh"), ("uber-gmbh", "Another"), ("third", "U\u0308ber GmbH")):
        with pytest.raises(OpsError, match="flywheel user add EMAIL --org uber-gmbh"):
            tenants.create_organisation(org_id, name)
    with pytest.raises(OpsError, match="begins with"):
        tenants.create_organisation("_operators", "Operators")


def test_an_operator_is_of_no_customer(tenants: Tenants) -> None:
    tenants.ensure_operator("op@ops.example")
    token = claims(tenants.token("op@ops.example"))
    assert token["cognito:groups"] == ["operators"]
    assert "custom:org_id" not in token
    tenants.ensure_user("a@acme.example", org_id="acme")
    with pytest.raises(OpsError, match="belongs to the organisation 'acme'"):
        tenants.ensure_operator("a@acme.example")
    assert tenants.users(org_id=None) == [("op@ops.example", "operators", "confirmed")]


def test_users_are_listed_disabled_and_removed_by_their_own_organisation_alone(tenants: Tenants) -> None:
    tenants.ensure_user("a@acme.example", org_id="acme", group="viewers")
    tenants.ensure_user("b@acme.example", org_id="acme")
    tenants.ensure_user("c@rival.example", org_id="rival")
    assert tenants.users(org_id="acme") == [
        ("a@acme.example", "viewers", "confirmed"),
        ("b@acme.example", "editor", "confirmed"),
    ]
    with pytest.raises(OpsError, match="no user of the organisation 'acme'"):
        tenants.remove_user("c@rival.example", org_id="acme")
    tenants.disable_user("a@acme.example", org_id="acme")
    tenants.remove_user("b@acme.example", org_id="acme")
    assert tenants.users(org_id="acme") == [("a@acme.example", "viewers", "disabled")]
    with pytest.raises(OpsError, match="No password"):
        tenants.token("b@acme.example")
