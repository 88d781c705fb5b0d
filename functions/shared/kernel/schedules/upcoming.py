"""When a schedule runs next, as EventBridge Scheduler has it: in the schedule's time zone, across its clock changes."""

import difflib
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from functions.shared.kernel.schedules.cron import Cron
from functions.shared.kernel.schedules.expression import Expression, Rate

_ZONE_LENGTH = 64
# In the database's folder, and no zones of its own: the machine's, a placeholder, and copies with leap seconds.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_OTHER_CLOCKS = ("right/", "posix/")
_WRITE = "write its IANA name, for example `Europe/Berlin` or `UTC`"


class UnknownZone(ValueError):
    """A name that is no time zone of the IANA database; the message says what may have been meant."""


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of this name. Raises UnknownZone."""
    if name in _NO_ZONES or name.startswith(_OTHER_CLOCKS):
        raise UnknownZone(f"`{name}` is not a time zone of EventBridge Scheduler; {_WRITE}")
    if len(name) <= _ZONE_LENGTH and name.isascii() and name.isprintable():
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
            near = difflib.get_close_matches(name, zoneinfo.available_timezones(), n=1)
            if near:
                raise UnknownZone(f"is not a time zone; did you mean `{near[0]}`?") from None
    raise UnknownZone(f"is not a time zone; {_WRITE}")


def upcoming(expression: Expression, timezone: str, *, after: datetime, since: datetime, count: int) -> list[datetime]:
    """The next runs later than `after`, in UTC; fewer when the expression ends.

    A rate counts from `since`. A local time that a clock change leaves out is skipped; one that it repeats runs the
    first time only.
    """
    rule = expression.rule
    moments = _by_rate(rule, since, after) if isinstance(rule, Rate) else _by_cron(rule, zone(timezone), after)
    return list(islice(moments, count))


def _by_rate(rate: Rate, since: datetime, after: datetime) -> Iterator[datetime]:
    passed = max(0, (after - since) // rate.every)
    moment = since + passed * rate.every
    while True:
        moment += rate.every
        yield moment.astimezone(UTC)


def _by_cron(cron: Cron, tz: zoneinfo.ZoneInfo, after: datetime) -> Iterator[datetime]:
    for day in local_days(cron, after.astimezone(tz)):
        for hour in cron.hours:
            for minute in cron.minutes:
                local = day + timedelta(hours=hour, minutes=minute)
                moment = local.replace(tzinfo=tz).astimezone(UTC)
                exists = moment.astimezone(tz).replace(tzinfo=None, fold=0) == local
                if exists and moment > after:
                    yield moment


def local_days(cron: Cron, start: datetime) -> Iterator[datetime]:
    """The cron's days from `start` on, as local midnights without a time zone."""
    for year in cron.years:
        if year < start.year:
            continue
        for month in cron.months:
            if (year, month) < (start.year, start.month):
                continue
            first = datetime(year, month, 1)  # noqa: DTZ001 - a calendar's day, before its zone is looked at
            for day in cron.days.of(year, month):
                if (year, month, day) >= (start.year, start.month, start.day):
                    yield first + timedelta(days=day - 1)
