"""Which days of a month a cron expression's day field means. Weekdays are AWS's: 1 is Sunday, 7 Saturday."""

import calendar
from dataclasses import dataclass
from typing import Protocol

_SATURDAY, _SUNDAY = 5, 6


class Days(Protocol):
    """A rule for days."""

    def of(self, year: int, month: int) -> list[int]:
        """The days of this month, in ascending order."""


@dataclass(frozen=True, slots=True)
class DaysOfMonth:
    """Dates; or the last day (`L`); or the weekday nearest to a date within its month (`15W`)."""

    numbers: frozenset[int] = frozenset()
    last: bool = False
    nearest_weekday_to: int | None = None

    def of(self, year: int, month: int) -> list[int]:
        length = calendar.monthrange(year, month)[1]
        if self.last:
            return [length]
        if self.nearest_weekday_to is None:
            return [day for day in sorted(self.numbers) if day <= length]
        if self.nearest_weekday_to > length:
            return []
        return [_nearest_weekday(year, month, self.nearest_weekday_to, length)]


@dataclass(frozen=True, slots=True)
class DaysOfWeek:
    """Weekdays; only the last of the month when `last` (`6L`), only the `nth` when given (`6#3`)."""

    weekdays: frozenset[int]
    last: bool = False
    nth: int | None = None

    def of(self, year: int, month: int) -> list[int]:
        first, length = calendar.monthrange(year, month)
        days = [day for day in range(1, length + 1) if (first + day) % 7 + 1 in self.weekdays]
        if self.last:
            return days[-1:]
        return days if self.nth is None else days[self.nth - 1 : self.nth]


def _nearest_weekday(year: int, month: int, day: int, length: int) -> int:
    weekday = calendar.weekday(year, month, day)
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < length else day - 2
    return day
