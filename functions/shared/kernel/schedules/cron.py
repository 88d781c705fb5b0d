"""Reads AWS's cron syntax: six fields, from minutes to year. Every refusal names the field and what to write instead.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based Decision 0010.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from functions.shared.kernel.schedules.days import Days, DaysOfMonth, DaysOfWeek

_MONTHS = {"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6} | {
    "JUL": 7,
    "AUG": 8,
    "SEP": 9,
    "OCT": 10,
    "NOV": 11,
    "DEC": 12,
}
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_ORDER = "minutes hours day-of-month month day-of-week year"
_EXAMPLE = "for example `cron(0 9 ? * MON-FRI *)`"
_NUMBER = re.compile(r"[0-9]{1,4}")


class BadExpression(ValueError):
    """A text that is no schedule; the message names the field and the fix."""


@dataclass(frozen=True, slots=True)
class Field:
    """One of the six fields: its name and the numbers and names it takes."""

    name: str
    low: int
    high: int
    names: Mapping[str, int]
    has_steps: bool = True

    def bad(self, text: str, why: str) -> BadExpression:
        """The refusal of a part of this field."""
        return BadExpression(f"{self.name}: `{text}` {why}")

    def number(self, text: str) -> int:
        """One value."""
        if text in self.names:
            return self.names[text]
        named = f" or {next(iter(self.names))}-{list(self.names)[-1]}" if self.names else ""
        if not _NUMBER.fullmatch(text) or not self.low <= int(text) <= self.high:
            raise self.bad(text, f"is not {self.low}-{self.high}{named}")
        return int(text)

    def values(self, text: str) -> frozenset[int]:
        """The values of a list of numbers, ranges, steps and `*`."""
        terms = text.split(",")
        if not all(terms):
            raise self.bad(text, "has a comma with nothing before or after it")
        return frozenset(value for term in terms for value in self._term(term))

    def _term(self, term: str) -> range:
        base, slash, step = term.partition("/")
        if slash and not self.has_steps:
            raise self.bad(term, "has a / that this field does not take: name the days, for example `MON,WED,FRI`")
        if slash and (not _NUMBER.fullmatch(step) or not 1 <= int(step) <= self.high):
            raise self.bad(term, f"needs a step of 1 to {self.high} after the slash")
        every = int(step) if slash else 1
        if base == "*":
            return range(self.low, self.high + 1, every)
        first, dash, last = base.partition("-")
        if not first or (dash and not last):
            raise self.bad(term, f"is no whole range: write it from the first to the last, `{self.low}-{self.high}`")
        start = self.number(first)
        end = self.number(last) if dash else (self.high if slash else start)
        if end < start:
            raise self.bad(term, f"ends before it begins; write it as two ranges, `{first}-{self.high},{self.low}-...`")
        return range(start, end + 1, every)


MINUTES = Field("minutes", 0, 59, {})
HOURS = Field("hours", 0, 23, {})
DAY_OF_MONTH = Field("day-of-month", 1, 31, {})
MONTH = Field("month", 1, 12, _MONTHS)
DAY_OF_WEEK = Field("day-of-week", 1, 7, _WEEKDAYS, has_steps=False)
YEAR = Field("year", 1970, 2199, {})


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression; the tuples are in ascending order."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: tuple[int, ...]


def parse_cron(text: str) -> Cron:
    """The rule of the six fields, given without `cron(...)`. Raises BadExpression."""
    fields = text.split()
    if len(fields) != 6:
        raise BadExpression(_wrong_count(fields))
    minutes, hours, day_of_month, month, day_of_week, year = fields
    for field, given in ((MINUTES, minutes), (HOURS, hours), (MONTH, month), (YEAR, year)):
        if "?" in given:
            raise field.bad(
                given, f"is not possible here; the fields are {_ORDER}, without seconds, and only a day field can be ?"
            )
    return Cron(
        minutes=_sorted(MINUTES.values(minutes)),
        hours=_sorted(HOURS.values(hours)),
        days=_days(day_of_month, day_of_week),
        months=_sorted(MONTH.values(month)),
        years=_sorted(YEAR.values(year)),
    )


def _days(day_of_month: str, day_of_week: str) -> Days:
    if (day_of_month == "?") == (day_of_week == "?"):
        raise BadExpression(
            f"day-of-month `{day_of_month}` and day-of-week `{day_of_week}`: exactly one of the two must be ?, "
            "as in `0 9 ? * MON *` or `0 9 1 * ? *`. The first field is minutes: the most often is `* * * * ? *`"
        )
    return _of_month(day_of_month) if day_of_week == "?" else _of_week(day_of_week)


def _of_month(text: str) -> DaysOfMonth:
    if text == "L":
        return DaysOfMonth(last=True)
    if text.endswith("W"):
        return DaysOfMonth(nearest_weekday_to=DAY_OF_MONTH.number(text[:-1]))
    if "L" in text or "W" in text or "?" in text:
        raise DAY_OF_MONTH.bad(
            text, "is not possible: `L` (the last day) and `15W` (the weekday nearest to it) stand alone"
        )
    return DaysOfMonth(numbers=DAY_OF_MONTH.values(text))


def _of_week(text: str) -> DaysOfWeek:
    if text == "L":
        return DaysOfWeek(weekdays=frozenset({7}))  # the last day of the week, a Saturday
    if text.endswith("L"):
        return DaysOfWeek(weekdays=frozenset({DAY_OF_WEEK.number(text[:-1])}), last=True)
    weekday, hash_mark, nth = text.partition("#")
    if hash_mark:
        if nth not in ("1", "2", "3", "4", "5"):
            raise DAY_OF_WEEK.bad(text, "needs 1 to 5 after the #, alone in its field: MON#2 is the second Monday")
        return DaysOfWeek(weekdays=frozenset({DAY_OF_WEEK.number(weekday)}), nth=int(nth))
    if "W" in text.replace("WED", "") or "?" in text:
        raise DAY_OF_WEEK.bad(text, "is not possible: W belongs in day-of-month; write MON-FRI for weekdays")
    if re.search(r"(^|[,-])0[1-9]", text):
        raise DAY_OF_WEEK.bad(text, "has a day with a zero before it: write 1-7 or SUN-SAT")
    if re.search(r"(^|[,-])0", text):
        raise DAY_OF_WEEK.bad(text, "counts from 0, as in Unix; here 1 is Sunday and 7 Saturday: write SUN-SAT")
    return DaysOfWeek(weekdays=DAY_OF_WEEK.values(text))


def _wrong_count(fields: list[str]) -> str:
    if len(fields) == 5:
        return f"has 5 fields, as in Unix; AWS's cron has 6: {_ORDER}. {_translated(fields)}"
    if len(fields) == 7:
        return f"has 7 fields; AWS's cron has 6, without seconds: {_ORDER}, {_EXAMPLE}"
    return f"has {len(fields)} fields; AWS's cron has 6: {_ORDER}, {_EXAMPLE}. Or write `rate(6 hours)`"


def _translated(fields: list[str]) -> str:
    """What a Unix expression most likely means here, where that can be told."""
    minutes, hours, day_of_month, month, day_of_week = fields
    if day_of_week == "*":
        days = (day_of_month, "?")
    elif day_of_month == "*":
        days = ("?", re.sub(r"(?<![#/])\b[0-7]\b", lambda found: str(int(found[0]) % 7 + 1), day_of_week))
    else:
        return "Choose between day-of-month and day-of-week: the other must be ?"
    guess = f"{minutes} {hours} {days[0]} {month} {days[1]} *"
    try:
        parse_cron(guess)
    except BadExpression:
        return f"Write it {_EXAMPLE}"
    return f"Write `cron({guess})`"


def _sorted(values: frozenset[int]) -> tuple[int, ...]:
    return tuple(sorted(values))
