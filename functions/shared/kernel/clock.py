"""Time and identifiers as arguments, so that tests can say what time it is."""

import hashlib
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current time as an aware UTC datetime."""

NewId = Callable[[datetime], str]
"""Makes an identifier that sorts by the given time."""


def utc_now() -> datetime:
    """The system clock."""
    return datetime.now(UTC)


def new_id(at: datetime) -> str:
    """A random UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then randomness."""
    return _uuid7(at, os.urandom(10))


def derived_id(at: datetime, *parts: str) -> str:
    """The one UUIDv7-shaped id of `parts` at time `at`: the same arguments always give the same id."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return _uuid7(at, digest[:10])


def least_id(at: datetime) -> str:
    """The id before every other made at this time or later, and after every one made earlier."""
    return _uuid7(at, bytes(10))


def moment_of(made_id: str) -> datetime:
    """The time an id of `new_id` or `derived_id` was made at, to the millisecond."""
    return datetime.fromtimestamp((uuid.UUID(made_id).int >> 80) / 1000, UTC)


def rfc3339(moment: datetime) -> str:
    """Render as RFC 3339 UTC with milliseconds, for example `2026-11-22T05:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _uuid7(at: datetime, entropy: bytes) -> str:
    millis = int(at.timestamp() * 1000)
    value = (millis << 80) | int.from_bytes(entropy, "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))
