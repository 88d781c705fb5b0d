"""When a source is to be fetched next."""

import hashlib
from datetime import datetime, timedelta

from functions.shared.domain.context.model import Source
from functions.shared.domain.context.sources.fetch_job import next_fetch
from functions.shared.kernel.log import log

_WIDEST_SPREAD = timedelta(minutes=5)
_SHARE_OF_INTERVAL = 12
_LONGEST_PAUSE = timedelta(hours=24)
_PAUSE_WITHOUT_A_CRON = timedelta(hours=6)


def next_due(source: Source, *, now: datetime, not_before: datetime | None = None) -> datetime | None:
    """The cron's next time after `now` and a little more, or `not_before` if that is later; None when there is none.

    The little more is the source's own, always the same, so that sources with one cron are not all fetched in one
    second: up to 5 minutes, at most a twelfth of the time between two fetches. It is never less than the cron asks for.
    `not_before` is what the source asked for itself. It counts for 24 hours from now at most.
    """
    planned = _planned(source, now)
    if planned is None or not_before is None:
        return planned
    return max(planned, min(not_before, now + _LONGEST_PAUSE))


def _planned(source: Source, now: datetime) -> datetime | None:
    try:
        coming = next_fetch(source, after=now)
        following = next_fetch(source, after=coming) if coming else None
    except ValueError as error:  # stored by another version, or a time zone that is no more
        log.error("bad cron", action="source_cron_refused", source_id=source.source_id, reason=str(error))
        return now + _PAUSE_WITHOUT_A_CRON
    if coming is None:
        return None
    widest = min(_WIDEST_SPREAD, (following - coming) / _SHARE_OF_INTERVAL) if following else _WIDEST_SPREAD
    return coming + widest * _place(source.source_id)


def _place(source_id: str) -> float:
    """A number in [0, 1), always the same for the same id."""
    return int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:4], "big") / 2**32
