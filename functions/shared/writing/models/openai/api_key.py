"""The model service's API key, read from its secret once per container and again when it is refused."""

import re
import threading
from dataclasses import dataclass, field
from typing import Protocol

from functions.shared.kernel.errors import PermanentError

NO_KEY = "none"
"""What is sent to a service that needs no key: the SDK insists on one."""


class SecretReader(Protocol):
    """The part of SecretStore that is needed here."""

    def get(self, secret_id: str) -> dict[str, str]:
        """The secret's values; empty when it has none."""


@dataclass
class ApiKey:
    """The value `api_key` of a secret. `required` is false where a service may do without."""

    secrets: SecretReader
    secret_id: str | None
    required: bool
    _value: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def current(self) -> str:
        """The key. PermanentError telling how to set it when there is none but one is required."""
        with self._lock:
            if self._value is None:
                self._value = self._read()
            return self._value

    def renew(self) -> bool:
        """Read the secret again; true when it holds another key than the one known."""
        with self._lock:
            before, self._value = self._value, self._read()
            return self._value != before

    def _read(self) -> str:
        key = self.secrets.get(self.secret_id).get("api_key", "").strip() if self.secret_id else ""
        if not re.fullmatch(r"[!-~]*", key):
            raise PermanentError(f"the secret {self.secret_id} holds an API key with characters that no key has")
        if key or not self.required:
            return key or NO_KEY
        if not self.secret_id:
            raise PermanentError("the OpenAI API needs a key: set OPENAI_SECRET_ID to the secret that holds it")
        raise PermanentError(
            f"the secret {self.secret_id} holds no OpenAI API key; fill it: aws secretsmanager put-secret-value"
            f' --secret-id {self.secret_id} --secret-string \'{{"api_key": "..."}}\''
        )
