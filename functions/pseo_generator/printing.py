"""Figures as readers see them. Rounding is half up at the precision shown."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

_SCALES = ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


def percent(probability: Decimal) -> str:
    """`37.5%` for 0.375; two decimals near the ends, where they matter."""
    near_an_end = not Decimal("0.02") <= probability <= Decimal("0.98")
    return f"{_shown(probability * 100, 2 if near_an_end else 1)}%"


def points(difference: Decimal) -> str:
    """`0.6 points` for a difference of 0.006 or -0.006 between probabilities."""
    size = abs(difference) * 100
    text = _shown(size, 2 if size < 1 else 1)
    return f"{text} point" if text == "1" else f"{text} points"


def move(change: Decimal) -> str:
    """`up 0.6 points`, `down 2 points` or `unchanged`."""
    if change == 0:
        return "unchanged"
    return f"{'up' if change > 0 else 'down'} {points(change)}"


def dollars(amount: Decimal) -> str:
    """`$5.7 million`, `$129,643`."""
    for scale, word in _SCALES:
        scaled = _rounded(amount / scale, 1)
        if scaled >= 1:
            return f"${_trimmed(scaled)} {word}"
    return f"${_rounded(amount, 0):,}"


def count(number: int) -> str:
    """`1,284`."""
    return f"{number:,}"


def day(moment: datetime) -> str:
    """`7 November 2028`, in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y}"


def minute(moment: datetime) -> str:
    """`11 March 2026, 15:13 UTC`."""
    return f"{day(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def _shown(number: Decimal, decimals: int) -> str:
    return _trimmed(_rounded(number, decimals))


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _trimmed(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
