"""Why a request is refused before any work is done. `problems.py` says which HTTP answer each becomes."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, ValidationError

from functions.shared.kernel.errors import FlywheelError

_MAX_FIELD_LENGTH = 100
_LOOK_AGAIN_SECONDS = 2
_MENDED = {"missing": "is required", "extra_forbidden": "is not a field of this call; leave it out"}
# Pydantic counts a text that a validator of ours has seen in "items"; of a list it would say so by its name.
_TEXT_LENGTH = re.compile(r"^(Value should have at (?:most|least) \d+) item(s?) after validation, not \d+$")


@dataclass(frozen=True, slots=True)
class BadField:
    """One thing wrong with a request: `field` in dots, as in `payload.topic`, and what to send instead."""

    field: str
    message: str


class Unauthenticated(FlywheelError):
    """The request carries no verified token."""


class Forbidden(FlywheelError):
    """The token does not allow this call."""


class Missing(FlywheelError):
    """The caller's organisation has no such thing."""

    def __init__(self, kind: str, thing_id: str, *, instead: str = "list them to see which there are") -> None:
        super().__init__(f"there is no {kind} {thing_id[:_MAX_FIELD_LENGTH]}; {instead}")


class TooManyCalls(FlywheelError):
    """The organisation calls more often than it may."""

    def __init__(self, per_second: int, *, wait_ms: int) -> None:
        super().__init__(f"your organisation may make {per_second} calls a second; wait as long as Retry-After says")
        self.seconds = -(-wait_ms // 1000)


class StillRunning(FlywheelError):
    """The first call of this idempotency key has not ended yet."""

    def __init__(self, left: timedelta) -> None:
        super().__init__("the first call with this Idempotency-Key is still running; repeat it after Retry-After")
        self.seconds = max(1, min(_LOOK_AGAIN_SECONDS, int(left.total_seconds())))


class UnknownRoute(FlywheelError):
    """No call has this path."""


class MethodNotAllowed(FlywheelError):
    """The path exists, under other methods."""

    def __init__(self, method: str, methods: Sequence[str], allowed: Sequence[str]) -> None:
        super().__init__(f"{method} is not possible here; use {' or '.join(methods)}")
        self.allowed = tuple(allowed)


class Stale(FlywheelError):
    """What is to be changed is not as the caller has seen it."""


class NotJson(FlywheelError):
    """The body cannot be read."""


class WrongMediaType(FlywheelError):
    """The body is not sent as JSON."""


class WrongCoding(FlywheelError):
    """The body is compressed."""


class TooLarge(FlywheelError):
    """The body, or the part of it named in `field`, exceeds the limit."""

    def __init__(self, reason: str, *, field: str) -> None:
        super().__init__(reason)
        self.field = field


class BadFields(FlywheelError):
    """The request can be read, but not all of it is acceptable."""

    def __init__(self, *fields: BadField) -> None:
        super().__init__("; ".join(f"{bad.field}: {bad.message}" for bad in fields))
        self.fields = fields


def bad_fields(error: ValidationError, *, under: str | None = None) -> BadFields:
    """A model's problems as fields of the request, or of its part `under`, without what was sent."""
    base = () if under is None else (under,)
    return BadFields(
        *(BadField(field_name((*base, *part["loc"])), mend(part["type"], part["msg"])) for part in error.errors())
    )


def require_values(change: BaseModel, *, except_for: Collection[str] = ()) -> None:
    """Raise BadFields for a change of nothing, and for null where only something else can be set or nothing be said."""
    if not change.model_fields_set:
        raise BadFields(BadField("body", f"must change something: {', '.join(type(change).model_fields)}"))
    given = sorted(change.model_fields_set.difference(except_for))
    empty = [name for name in given if getattr(change, name) is None]
    if empty:
        raise BadFields(*(BadField(name, "cannot be null; leave it out to keep it") for name in empty))


def field_name(location: Sequence[object]) -> str:
    """A location inside the request as a readable path."""
    return ".".join(str(part) for part in location)[:_MAX_FIELD_LENGTH]


def mend(kind: str, message: str) -> str:
    """What to do about a validator's finding of this kind, from its message, which never quotes the input."""
    return _MENDED.get(kind) or _TEXT_LENGTH.sub(r"\1 character\2", message.removeprefix("Value error, "))
