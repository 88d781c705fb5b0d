"""The header Retry-After of RFC 9110, 10.2.3: seconds, or a date."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=24)


def asked_for(header: str | None, *, now: datetime) -> datetime | None:
    """When the receiver wants to be called again, a day ahead at most; None without a meaning."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        # So many digits are more than a day already, and more would be no number of Python's.
        return now + min(timedelta(seconds=int(text[:9])), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(now, min(moment, now + LONGEST))
