"""A webhook's signing keys, as kept in Secrets Manager: the current one, and for a day the one before."""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from functions.shared.kernel.clock import rfc3339

OVERLAP = timedelta(days=1)
_KEY_BYTES = 32  # the specification asks for 24 to 64


def new_key() -> str:
    """A random key in the notation of Standard Webhooks."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def rotated(stored: Mapping[str, str], key: str, *, now: datetime) -> dict[str, str]:
    """The secret with a new key; the old one stays valid for a day."""
    if "key" not in stored:
        return {"key": key}
    return {"key": key, "previous_key": stored["key"], "previous_until": rfc3339(now + OVERLAP)}


def keys_in_use(stored: Mapping[str, str], *, now: datetime) -> list[str]:
    """The keys to sign with, the current one first; none when there is no secret."""
    keys = [stored["key"]] if "key" in stored else []
    if "previous_key" in stored and datetime.fromisoformat(stored["previous_until"]) > now:
        keys.append(stored["previous_key"])
    return keys
