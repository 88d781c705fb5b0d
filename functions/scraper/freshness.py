"""How long an answer may be used before it is worth asking again, and when to come back to who is busy.

RFC 9111 (section 4.2) and RFC 9110 (section 10.2.3), for a reader with a cache of its own.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=24)
"""Nobody is obeyed for longer than that, so that a mistake of theirs is forgotten within a day."""

_SHORTEST_PAUSE = timedelta(seconds=1)
_MOST_DIGITS = 9


def not_before(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the next request is worth making by what this answer says; None when it says nothing of a later time.

    The later of its freshness (max-age, which overrules Expires) and its Retry-After, at most LONGEST ahead.
    """
    waits = [wait for wait in (_fresh_for(headers), _asked_to_wait(headers, now)) if wait is not None]
    longest = min(max(waits, default=timedelta(0)), LONGEST)
    return now + longest if longest > timedelta(0) else None


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When Retry-After allows the next request, at least a second and at most LONGEST ahead; None without one."""
    wait = _asked_to_wait(headers, now)
    return None if wait is None else now + min(max(wait, _SHORTEST_PAUSE), LONGEST)


def _fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    directives = _directives(headers.get("cache-control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return None
    age = _seconds(headers.get("age", "")) or timedelta(0)
    if "max-age" in directives:
        lifetime = _seconds(directives["max-age"])
        return None if lifetime is None else lifetime - age
    expires, made = _moment(headers.get("expires", "")), _moment(headers.get("date", ""))
    return None if expires is None or made is None else expires - made - age


def _asked_to_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    asked = headers.get("retry-after", "")
    seconds = _seconds(asked)
    if seconds is not None:
        return seconds
    moment = _moment(asked)
    return None if moment is None else moment - now


def _directives(cache_control: str) -> dict[str, str]:
    """The first of each name counts, as the first of two max-age does."""
    found: dict[str, str] = {}
    for part in cache_control.split(","):
        name, _, value = part.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _seconds(text: str) -> timedelta | None:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    return timedelta(seconds=int(digits)) if len(digits) <= _MOST_DIGITS else LONGEST


def _moment(text: str) -> datetime | None:
    """An HTTP date; None for anything else, also for the customary `Expires: 0` and `-1`."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
