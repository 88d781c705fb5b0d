"""Units of figures: how they are written, and which of them mean the same."""

import re
from decimal import Decimal

MONEY = "money"
PERCENT = "percent"
PERCENT_CHANGE = "percent change"
POINTS = "points"

CURRENCY = r"(?:(?i:US\$|A\$|C\$|(?:USD|EUR|GBP) )|[$€£¥])"
SCALE = r"(?:(?i:[ -]?(?:thousand|million|billion|trillion)|k|mn|mln|m|bn|b|tn|t)\b| (?:(?i:mn|mln|bn|tn)|M|B)\b)"
_TIME = r"hours?|hrs?|h|days?|weeks?|months?|years?|minutes?|mins?|seconds?"
_WORDS = (
    r"percentage[ -]points?|percent|per cent|pct|pps?|points?|basis[ -]points?|bps|cents?|(?:US )?dollars?|USD|euros?"
    rf"|pounds?|x|times|fold|{_TIME}"
)
UNIT = rf"(?: ?[%¢×]|[ -]?(?i:{_WORDS})\b)"

_DOLLARS = ("$", "us$", "usd")
_SCALES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "mln": 6, "million": 6, "b": 9, "bn": 9, "billion": 9}
_SCALES |= {"t": 12, "tn": 12, "trillion": 12}
_SAME = {"%": PERCENT, "pct": PERCENT, "per cent": PERCENT, "percent": PERCENT, "pp": POINTS, "point": POINTS}
_SAME |= {"percentage point": POINTS, "percentage-point": POINTS, "basis-point": "basis point", "bp": "basis point"}
_SAME |= {
    "dollar": MONEY,
    "us dollar": MONEY,
    "usd": MONEY,
    "cent": MONEY,
    "¢": MONEY,
    "euro": "money €",
    "pound": "money £",
}
_SAME |= {"x": "times", "×": "times", "time": "times", "fold": "times", "h": "hour", "hr": "hour", "min": "minute"}

_UP = "up|ris(?:e|es|en|ing)|rose|gain(?:s|ed|ing)?|climb(?:s|ed|ing)?|add(?:s|ed|ing)|increas(?:e|es|ed|ing)"
_UP += "|jump(?:s|ed|ing)?|advanc(?:e|es|ed|ing)|grew|grown|surged?"
_DOWN = "down|f(?:a|e)ll(?:s|en|ing)?|los(?:s|t|es|ing)|drop(?:s|ped|ping)?|declin(?:e|es|ed|ing)|slip(?:s|ped|ping)?"
_DOWN += "|decreas(?:e|es|ed|ing)|shed|eased?|slid|sank|minus"
_MOVED = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b(?: [a-z]+){{0,2}} $", re.IGNORECASE)
_BY = re.compile(
    rf"\b(?:{_UP}|{_DOWN})(?: by)?(?: (?:about|around|roughly|nearly|almost|some|another))? $", re.IGNORECASE
)
_COMPARED = re.compile(r" (?:(?P<up>higher|up)|(?P<down>lower|down))\b", re.IGNORECASE)


def scale_of(written: str | None) -> Decimal:
    """1,000,000 for ` million` and `m`; 1 for nothing."""
    return Decimal(10) ** _SCALES[written.strip(" -").lower()] if written else Decimal(1)


def unit_of(currency: str | None, written: str | None) -> tuple[str, Decimal]:
    """The unit by its one name, and how much of it one of the written unit is."""
    name = (written or "").strip(" -").lower()
    single = name if name in ("x", "×") else name.removesuffix("s")
    unit = _SAME.get(single, single)
    if currency:
        sign = currency.strip().lower()
        return (MONEY if sign in _DOLLARS else f"money {sign}"), Decimal(1)
    return unit, Decimal("0.01") if single in ("cent", "¢") else Decimal(1)


def direction(text: str, start: int, end: int) -> int:
    """1 or -1 where the words next to a figure say that something rose or fell by it, else 0."""
    match = _MOVED.search(text[:start]) or _COMPARED.match(text, end)
    if match is None:
        return 0
    return 1 if match["up"] else -1


def says_by_how_much(text: str, start: int) -> bool:
    """Whether `up`, `fell by` or the like stands right before a figure, which is then a change and not a level."""
    return _BY.search(text[:start]) is not None
