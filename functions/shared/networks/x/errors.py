"""What X's answers mean, from status, headers and body. https://docs.x.com/x-api/fundamentals/response-codes-and-errors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.networks.port import TokenRefused

_RATE_WINDOW = timedelta(minutes=15)
_SOONEST, _LATEST = timedelta(seconds=5), timedelta(hours=25)
_LONGEST_EXPLANATION = 300


class DuplicateText(PermanentError):
    """X refused the text because the account has posted it before."""


@dataclass
class Refused(Exception):
    """X answered, but not with success."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class NoAnswer(Exception):
    """There was no whole answer. `sent` is False when the request surely never left."""

    cause: str
    sent: bool = True


def decoded(body: bytes) -> Mapping[str, Any] | None:
    """The JSON object of a body, or None when it is none."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def refusal(fault: Refused, *, what: str, now: datetime) -> FlywheelError:
    """What a definite refusal of `what`, such as `the post`, means."""
    if fault.status == 429:
        return RateLimited("X's rate limit is reached", retry_at=_reset_time(fault.headers, now))
    if fault.status == 401:
        return TokenRefused("X does not accept this account's access token")
    if fault.status == 402:
        return PermanentError("the X account's API credits are used up: add credits, then retry")
    return PermanentError(f"X refused {what}: {explained(fault)}")


def _reset_time(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the window reopens, by X's own header where it makes sense."""
    try:
        reset = datetime.fromtimestamp(int(headers["x-rate-limit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return now + _RATE_WINDOW
    return min(max(reset, now + _SOONEST), now + _LATEST)


def explained(fault: Refused) -> str:
    """The status, and what X says about it."""
    explanation = explanation_of(fault.body)
    return f"{fault.status} ({explanation})" if explanation else str(fault.status)


def explanation_of(body: bytes) -> str:
    """What X says in any of the places it says it, on one line."""
    texts = dict.fromkeys(_texts(decoded(body) or {}))
    line = " ".join(" ".join(texts).split())
    return line if len(line) <= _LONGEST_EXPLANATION else line[:_LONGEST_EXPLANATION] + "…"


def _texts(answer: Mapping[str, Any]) -> Iterator[str]:
    errors = answer.get("errors")
    for part in [answer, *(errors if isinstance(errors, list) else [])]:
        if isinstance(part, dict):
            yield from (part[key] for key in ("detail", "message") if isinstance(part.get(key), str))


def create_error(fault: Refused | NoAnswer, *, now: datetime) -> FlywheelError:
    """What a failed `POST /2/tweets` means: only a definite refusal says that no post was made."""
    if isinstance(fault, NoAnswer):
        if fault.sent:
            return OutcomeUnknown(f"X may or may not have made the post: {fault.cause}")
        return TransientError(f"X could not be reached: {fault.cause}")
    if fault.status >= 500 or fault.status == 408:
        return OutcomeUnknown(f"X may or may not have made the post: it answered {explained(fault)}")
    if fault.status == 403 and "duplicate content" in explanation_of(fault.body).lower():
        return DuplicateText("X refused the text because this account has posted the same before")
    return refusal(fault, what="the post", now=now)


def read_error(fault: Refused | NoAnswer, *, now: datetime) -> FlywheelError:
    """What a failed look-up means; one that X does not allow leaves the outcome unknown."""
    if isinstance(fault, NoAnswer):
        return TransientError(f"X could not be asked whether the post was made: {fault.cause}")
    if fault.status >= 500 or fault.status == 408:
        return TransientError(f"X could not be asked whether the post was made: it answered {explained(fault)}")
    if fault.status in (401, 429):
        return refusal(fault, what="the look-up", now=now)
    return OutcomeUnknown(f"X does not let the account's posts be read: it answered {explained(fault)}")
