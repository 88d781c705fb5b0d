"""What an OpenAI-compatible service's error answers mean for the queue.

Codes: https://platform.openai.com/docs/guides/error-codes. Of the 429s, those about quota or billing need somebody
to pay and are permanent; the others tell when to come back, in one of the headers read here. A 429 that does not
tell is a transient error, so that its number of attempts stays bounded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError

_UNPAID = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "quota_exceeded",
        "access_terminated",
        "account_deactivated",
    }
)
_TRANSIENT = (408, 409, 425)
_FIXES = {
    403: "the API key in the secret OPENAI_SECRET_ID names may not use this model or region",
    404: "check OPENAI_MODEL, OPENAI_IMAGE_MODEL and OPENAI_BASE_URL",
}
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=30)
_KEY_LIKE = re.compile(r"\b(?:sk|pk|key)-[\w*-]{4,}")


class KeyRefused(PermanentError):
    """The service does not take the API key."""


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An answer with an error status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    code: str = ""
    type: str = ""
    message: str = ""


def classify(answer: ErrorAnswer, *, now: datetime) -> FlywheelError:
    """The error that says what the queue does with a job whose request got this answer."""
    if _UNPAID & {answer.code, answer.type} or answer.status == 402:
        return PermanentError("the OpenAI account has no quota left: check its plan, limit and billing details")
    if answer.status == 429:
        return _rate_limited(answer, now)
    if answer.status in _TRANSIENT or answer.status >= 500:
        return TransientError(f"the model service answered {answer.status}{_said(answer)}")
    if answer.status == 401:
        # What the service says here may quote the key.
        return KeyRefused(
            "the model service refused the API key: put a valid one into the secret OPENAI_SECRET_ID names"
        )
    fix = _FIXES.get(answer.status, "check OPENAI_MODEL, OPENAI_IMAGE_MODEL and the request")
    return PermanentError(f"the model service refused the request with {answer.status}: {fix}{_said(answer)}")


def retry_after(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """When the service wants to be asked again, at least a second and at most a month from `now`; None if untold."""
    wait = _wait(headers, now)
    return None if wait is None else now + min(max(wait, _SHORTEST), _LONGEST)


def _rate_limited(answer: ErrorAnswer, now: datetime) -> FlywheelError:
    retry_at = retry_after(answer.headers, now=now)
    if retry_at is None:
        return TransientError(f"the model service is rate limited and does not say until when{_said(answer)}")
    return RateLimited(f"the model service is rate limited{_said(answer)}", retry_at=retry_at)


def _wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    if (millis := _number(headers.get("retry-after-ms"))) is not None:
        return timedelta(milliseconds=millis)
    if (seconds := _number(headers.get("retry-after"))) is not None:
        return timedelta(seconds=seconds)
    if (moment := _http_date(headers.get("retry-after", ""))) is not None:
        return moment - now
    resets = [wait for kind in ("requests", "tokens") if (wait := _reset(headers, kind)) is not None]
    return max(resets, default=None)


def _reset(headers: Mapping[str, str], kind: str) -> timedelta | None:
    """Until one of the two budgets is whole again, unless something of it is left."""
    left = _number(headers.get(f"x-ratelimit-remaining-{kind}"))
    return _duration(headers.get(f"x-ratelimit-reset-{kind}", "")) if not left else None


def _duration(text: str) -> timedelta | None:
    """Reads `6m0s`, `1.5s`, `20ms` and bare seconds."""
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text.strip():
        return timedelta(seconds=min(sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts), 1e9))
    seconds = _number(text)
    return None if seconds is None else timedelta(seconds=seconds)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return min(number, 1e9) if number >= 0 else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _said(answer: ErrorAnswer) -> str:
    words = " ".join(_KEY_LIKE.sub("[key]", answer.message).split())
    return f" (it says: {words[:300]})" if words else ""
