"""Organisations, their users, and tokens for them."""

import json
import secrets
import string
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from ops.aws import Aws
from ops.deployment import write_private
from ops.errors import OpsError

ADMINS = "admins"
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

    def ensure_user(self, email: str, *, org_id: str, admin: bool) -> None:
        """Create the user with a password of our making unless they exist.

        Raises OpsError when they exist for another organisation, because a user never moves.
        """
        belongs_to = self._organisation_of(email)
        if belongs_to is None:
            attributes = {"email": email, "email_verified": "true", "custom:org_id": org_id}
            self._aws.cognito.admin_create_user(
                UserPoolId=self._user_pool,
                Username=email,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            )
        elif belongs_to != org_id:
            raise OpsError(f"{email} already belongs to the organisation {belongs_to!r}, and users never move.")
        if email not in self._passwords():
            self._set_password(email)
        if admin:
            self._aws.cognito.admin_add_user_to_group(UserPoolId=self._user_pool, Username=email, GroupName=ADMINS)

    def token(self, email: str) -> str:
        """A fresh ID token, which carries the organisation. Raises OpsError for a user made elsewhere."""
        password = self._passwords().get(email)
        if password is None:
            raise OpsError(
                f"No password of {email} is kept in {self._users_file}, so no token can be made. "
                f"`./flywheel org create NAME --user {email}` gives the user a password that is kept."
            )
        answer = self._aws.cognito.admin_initiate_auth(
            UserPoolId=self._user_pool,
            ClientId=self._client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer["AuthenticationResult"]["IdToken"]

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
