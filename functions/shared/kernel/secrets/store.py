"""The port to credentials. Their values are never logged and never part of an error."""

from collections.abc import Mapping
from typing import Protocol


class SecretStore(Protocol):
    """Secrets, each a flat JSON object of strings."""

    def get(self, secret_id: str) -> dict[str, str]:
        """The secret's values; empty when it has none. PermanentError when it is not such an object."""

    def put(self, secret_id: str, value: Mapping[str, str]) -> None:
        """Create the secret or give it a new value."""

    def delete(self, secret_id: str) -> None:
        """Delete for good; nothing happens when there is none."""
