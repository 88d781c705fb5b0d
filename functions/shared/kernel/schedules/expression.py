"""A schedule's expression: `cron(...)`, the bare six fields, or `rate(...)`."""

import re
from dataclasses import dataclass
from datetime import timedelta

from functions.shared.kernel.schedules.cron import BadExpression, Cron, parse_cron

MAX_LENGTH = 120

_PLAIN = re.compile(r"[0-9A-Za-z*,/?#()\-.:+ ]+")
_CALL = re.compile(r"([A-Z]+)\s*\((.*)\)")
_RATE = re.compile(r"([0-9]{1,6}) +([A-Z]+)")
_MINUTES_OF = {"MINUTE": 1, "HOUR": 60, "DAY": 24 * 60}
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so often, counted from when the schedule was set."""

    every: timedelta


@dataclass(frozen=True, slots=True)
class Expression:
    """What was asked for, and `text`, the same in the one spelling EventBridge Scheduler is given."""

    text: str
    rule: Cron | Rate


def parse_expression(text: str) -> Expression:
    """Read an expression; case and extra blanks do not matter. Raises BadExpression."""
    cleaned = " ".join(text.split()).upper()
    if not cleaned or len(cleaned) > MAX_LENGTH:
        raise BadExpression(f"must be 1 to {MAX_LENGTH} characters, for example `cron(0 9 * * ? *)` or `rate(6 hours)`")
    if not _PLAIN.fullmatch(cleaned) or not text.isprintable():
        raise BadExpression("holds a character that no schedule has; letters, digits and * , - / ? # are possible")
    call = _CALL.fullmatch(cleaned)
    kind, inner = (call[1], call[2].strip()) if call else ("CRON", cleaned)
    if kind == "RATE":
        return _rate(inner)
    if kind == "AT":
        raise BadExpression("at(...) runs once; submit a job instead, or write `cron(...)` or `rate(...)`")
    if kind != "CRON" or "(" in inner or ")" in inner:
        raise BadExpression("is neither `cron(...)` nor `rate(...)`; write for example `cron(0 9 * * ? *)`")
    return Expression(text=f"cron({' '.join(inner.split())})", rule=parse_cron(inner))


def _rate(inner: str) -> Expression:
    found = _RATE.fullmatch(inner)
    unit = found[2].removesuffix("S") if found else ""
    if unit == "SECOND":
        raise BadExpression("rate: seconds are too short; the shortest rate is `rate(1 minute)`")
    if found is None or unit not in _MINUTES_OF:
        raise BadExpression("rate: write a whole number and minutes, hours or days, for example `rate(6 hours)`")
    value = int(found[1])
    if value < 1:
        raise BadExpression("rate: must be at least `rate(1 minute)`")
    every = timedelta(minutes=value * _MINUTES_OF[unit])
    if every > _LONGEST:
        raise BadExpression(f"rate: must be at most {_LONGEST.days} days; use `cron(...)` for something rarer")
    plural = "" if value == 1 else "s"
    return Expression(text=f"rate({value} {unit.lower()}{plural})", rule=Rate(every))
