"""Organisations, their users, and tokens for them."""

import json
import secrets
import string
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from ops.aws import Aws
from ops.deployment import write_private
from ops.errors import OpsError

ADMINS, OPERATORS, VIEWERS = "admins", "operators", "viewers"
GROUPS = (ADMINS, VIEWERS)
"""Those of a customer's users; who is in none is an editor."""
_TAKEN = (
    "There is an organisation {org_id}, named {name!r}, already. To add a user to it: "
    "./flywheel user add EMAIL --org {org_id}. For another customer of that name give a name that "
    "tells them apart, and --id for an id of its own."
)
_SYMBOLS = "!#%*+-=?@_"


class Tenants:
    """The organisations of one deployment and who may sign in for them.

    Passwords are generated here and kept in `users_file`, readable by its owner only, so that fresh tokens can be got.
    """

    def __init__(self, aws: Aws, *, accounts_table: str, user_pool: str, client_id: str, users_file: Path) -> None:
        self._aws = aws
        self._organisations = DynamoOrganisationStore(accounts_table, lambda: aws.dynamodb)
        self._user_pool = user_pool
        self._client_id = client_id
        self._users_file = users_file

    def ensure_organisation(self, org_id: str, name: str) -> bool:
        """Create the organisation unless it exists; whether it was created."""
        if self._organisations.get(org_id) is not None:
            return False
        self._organisations.put(Organisation(org_id=org_id, name=name, created_at=datetime.now(UTC)))
        return True

    def create_organisation(self, org_id: str, name: str) -> None:
        """Create it. OpsError when there is one of this id or name: two customers never become one."""
        wanted = _folded(name)
        for organisation in self._organisations.all():
            if organisation.org_id == org_id or _folded(organisation.name) == wanted:
                raise OpsError(_TAKEN.format(org_id=organisation.org_id, name=organisation.name))
        if org_id.startswith("_"):
            raise OpsError(f"{org_id!r} begins with `_`, as no customer's id does.")
        self.ensure_organisation(org_id, name)

    def require_organisation(self, org_id: str) -> None:
        """OpsError when there is none."""
        if self._organisations.get(org_id) is None:
            raise OpsError(f"There is no organisation {org_id!r}. ./flywheel org create NAME makes one.")

    def ensure_operator(self, email: str) -> None:
        """Create a user of no customer who may look after the whole deployment; OpsError for a customer's user."""
        belongs_to = self._organisation_of(email)
        if belongs_to:
            raise OpsError(
                f"{email} belongs to the organisation {belongs_to!r}; an operator has an address of their own."
            )
        if belongs_to is None:
            self._create(email, {"email": email, "email_verified": "true"})
        if email not in self._passwords():
            self._set_password(email)
        self._put_in_group(email, OPERATORS)

    def users(self, *, org_id: str | None) -> list[tuple[str, str, str]]:
        """E-mail address, groups and status of each user of the organisation, or of the operators (None)."""
        found = []
        for page in self._aws.cognito.get_paginator("list_users").paginate(UserPoolId=self._user_pool):
            for user in page["Users"]:
                attributes = {each["Name"]: each.get("Value", "") for each in user["Attributes"]}
                if attributes.get("custom:org_id", "") == (org_id or ""):
                    name = attributes.get("email", user["Username"])
                    state = str(user["UserStatus"]).lower() if user["Enabled"] else "disabled"
                    found.append((name, ", ".join(self._groups_of(user["Username"])) or "editor", state))
        return sorted(found)

    def remove_user(self, email: str, *, org_id: str | None) -> None:
        """Delete a user of the organisation, or an operator (None). OpsError when it is nobody's or another's."""
        self._require_user(email, org_id)
        self._aws.cognito.admin_delete_user(UserPoolId=self._user_pool, Username=email)
        write_private(self._users_file, {each: kept for each, kept in self._passwords().items() if each != email})

    def disable_user(self, email: str, *, org_id: str | None) -> None:
        """Let a user get no tokens any more, without forgetting them."""
        self._require_user(email, org_id)
        self._aws.cognito.admin_disable_user(UserPoolId=self._user_pool, Username=email)
        self._aws.cognito.admin_user_global_sign_out(UserPoolId=self._user_pool, Username=email)

    def ensure_user(self, email: str, *, org_id: str, group: str | None = None) -> None:
        """Create the user with a password of our making unless they exist; in no group an editor.

        Raises OpsError when they exist for another organisation, because a user never moves.
        """
        belongs_to = self._organisation_of(email)
        if belongs_to is None:
            self._create(email, {"email": email, "email_verified": "true", "custom:org_id": org_id})
        elif belongs_to != org_id:
            raise OpsError(f"{email} already belongs to the organisation {belongs_to!r}, and users never move.")
        if email not in self._passwords():
            self._set_password(email)
        if group is not None:
            self._put_in_group(email, group)

    def token(self, email: str) -> str:
        """A fresh ID token, which carries the organisation. Raises OpsError for a user made elsewhere."""
        password = self.password(email)
        answer = self._aws.cognito.admin_initiate_auth(
            UserPoolId=self._user_pool,
            ClientId=self._client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer["AuthenticationResult"]["IdToken"]

    def password(self, email: str) -> str:
        """The password that is kept of a user. Raises OpsError for a user made elsewhere."""
        password = self._passwords().get(email)
        if password is None:
            raise OpsError(
                f"No password of {email} is kept in {self._users_file}, so no token can be made. "
                f"`./flywheel user add {email} --org ORG` gives the user a password that is kept."
            )
        return password

    def _create(self, email: str, attributes: Mapping[str, str]) -> None:
        self._aws.cognito.admin_create_user(
            UserPoolId=self._user_pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )

    def _put_in_group(self, email: str, group: str) -> None:
        self._aws.cognito.admin_add_user_to_group(UserPoolId=self._user_pool, Username=email, GroupName=group)

    def _groups_of(self, username: str) -> list[str]:
        answer = self._aws.cognito.admin_list_groups_for_user(UserPoolId=self._user_pool, Username=username)
        return sorted(group["GroupName"] for group in answer["Groups"])

    def _require_user(self, email: str, org_id: str | None) -> None:
        belongs_to = self._organisation_of(email)
        if belongs_to is None or belongs_to != (org_id or ""):
            whose = f"user of the organisation {org_id!r}" if org_id else "operator"
            raise OpsError(f"{email} is no {whose}.")

    def _organisation_of(self, email: str) -> str | None:
        try:
            user = self._aws.cognito.admin_get_user(UserPoolId=self._user_pool, Username=email)
        except ClientError as error:
            if error.response["Error"]["Code"] == "UserNotFoundException":
                return None
            raise
        found = {attribute["Name"]: attribute.get("Value", "") for attribute in user["UserAttributes"]}
        return found.get("custom:org_id", "")

    def _set_password(self, email: str) -> None:
        password = generate_password()
        self._aws.cognito.admin_set_user_password(
            UserPoolId=self._user_pool, Username=email, Password=password, Permanent=True
        )
        write_private(self._users_file, {**self._passwords(), email: password})

    def _passwords(self) -> dict[str, str]:
        if not self._users_file.exists():
            return {}
        passwords: dict[str, str] = json.loads(self._users_file.read_text())
        return passwords


def generate_password(length: int = 24) -> str:
    """A random password with every kind of character that the user pool asks for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _ in range(length - len(kinds))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _folded(name: str) -> str:
    """A name as two are compared: case, accents' spelling and blanks do not matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
