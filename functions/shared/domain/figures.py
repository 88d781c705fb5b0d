"""How figures are printed: the one place that rounds, so that pages, posts and pictures all say the same."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

SMALLEST_CHANGE = Decimal("0.00005")
"""A smaller change of probability would be printed as 0 points."""

_SCALES = ((Decimal(10) ** 12, " trillion"), (Decimal(10) ** 9, " billion"), (Decimal(10) ** 6, " million"))


def percent(probability: Decimal) -> str:
    """A probability from 0 to 1 as `24.5%`, with more places where fewer would say `0%` or `100%` untruly."""
    value = probability * 100
    for places in range(1, 7):
        rounded = _rounded(value, places)
        if rounded not in (0, 100) or rounded == value:
            break
    return f"{_plain(rounded)}%"


def points(change: Decimal) -> str:
    """A change of probability, without its sign, as `2 points`; a small one with two places rather than as 0."""
    value = abs(change) * 100
    rounded = _rounded(value, 1) or _rounded(value, 2)
    return f"{_plain(rounded)} point{'' if rounded == 1 else 's'}"


def dollars(amount: Decimal) -> str:
    """US dollars as `$5.7 million` or `$12,345`."""
    for scale, word in _SCALES:
        if amount >= scale * Decimal("0.99995"):
            return f"${_plain(_rounded(amount / scale, 1))}{word}"
    return f"${_rounded(amount, 0):,}"


def day(moment: datetime) -> str:
    """A date as `7 November 2028`, in UTC as given."""
    return f"{moment.day} {moment:%B} {moment.year}"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
