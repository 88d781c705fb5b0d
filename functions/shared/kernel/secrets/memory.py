"""Secrets in memory, with the contract of the real store."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class MemorySecrets:
    """Secrets in a dictionary."""

    values: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, secret_id: str) -> dict[str, str]:
        return dict(self.values.get(secret_id, {}))

    def put(self, secret_id: str, value: Mapping[str, str]) -> None:
        self.values[secret_id] = dict(value)

    def delete(self, secret_id: str) -> None:
        self.values.pop(secret_id, None)
