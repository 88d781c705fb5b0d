"""How close two runs of a schedule come, over the years and across the clock changes of its zone. Decision 0035."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile

from functions.shared.kernel.schedules.cron import Cron
from functions.shared.kernel.schedules.expression import Expression, Rate
from functions.shared.kernel.schedules.upcoming import local_days, upcoming, zone

# The weekdays of dates repeat after 28 years.
_HORIZON = timedelta(days=28 * 366)
_DAY = timedelta(days=1)


def too_close(expression: Expression, timezone: str, *, after: datetime, floor: timedelta) -> timedelta | None:
    """A gap between two runs later than `after` that is shorter than `floor`, if there is one.

    A spring's clock change leaves an hour out, so that 01:50 and 03:00 are ten minutes apart that night.
    """
    rule = expression.rule
    gaps = iter([rule.every]) if isinstance(rule, Rate) else _gaps(expression, rule, timezone, after)
    return next((gap for gap in gaps if gap < floor), None)


def _gaps(expression: Expression, cron: Cron, timezone: str, after: datetime) -> Iterator[timedelta]:
    for earlier, later in pairwise(_times(cron)):
        yield later - earlier
    yield from _across_days(expression, cron, timezone, after)


def _across_days(expression: Expression, cron: Cron, timezone: str, after: datetime) -> Iterator[timedelta]:
    """The gaps across midnight, and all of the days on which the zone changes its clocks."""
    times = _times(cron)
    tz = zone(timezone)
    start = after.astimezone(tz)
    before: datetime | None = None
    until = start.replace(tzinfo=None) + _HORIZON
    for day in takewhile(lambda day: day < until, local_days(cron, start)):
        if before == day - _DAY:
            yield times[0] + _DAY - times[-1]
        before = day
        if (day - _DAY).replace(tzinfo=tz).utcoffset() != (day + 2 * _DAY).replace(tzinfo=tz).utcoffset():
            eve = max(after, (day - _DAY).replace(tzinfo=tz).astimezone(UTC))
            runs = upcoming(expression, timezone, after=eve, since=eve, count=3 * len(times))
            yield from (later - earlier for earlier, later in pairwise(runs))


def _times(cron: Cron) -> list[timedelta]:
    return [timedelta(hours=hour, minutes=minute) for hour in cron.hours for minute in cron.minutes]
