"""Credentials in Secrets Manager."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared.kernel.aws import classified
from functions.shared.kernel.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


@dataclass(frozen=True, slots=True)
class AwsSecrets:
    """Implements SecretStore on Secrets Manager."""

    client: "Callable[[], SecretsManagerClient]"

    def get(self, secret_id: str) -> dict[str, str]:
        with classified("reading a secret"):
            try:
                text = self.client().get_secret_value(SecretId=secret_id)["SecretString"]
            except ClientError as error:
                if _is_missing(error):
                    return {}
                raise
        return _flat_object(text, secret_id)

    def put(self, secret_id: str, value: Mapping[str, str]) -> None:
        text = json.dumps(dict(value))
        with classified("storing a secret"):
            try:
                self.client().put_secret_value(SecretId=secret_id, SecretString=text)
            except ClientError as error:
                if not _is_missing(error):
                    raise
                self.client().create_secret(Name=secret_id, SecretString=text)

    def delete(self, secret_id: str) -> None:
        with classified("deleting a secret"):
            try:
                self.client().delete_secret(SecretId=secret_id, ForceDeleteWithoutRecovery=True)
            except ClientError as error:
                if not _is_missing(error):
                    raise


def _is_missing(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ResourceNotFoundException"


def _flat_object(text: str, secret_id: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        raise PermanentError(f"the secret {secret_id} must be a JSON object of strings")
    return value
