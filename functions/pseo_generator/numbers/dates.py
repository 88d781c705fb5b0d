"""Dates as texts write them, whole or in part."""

import re

Day = tuple[int | None, int | None, int | None]
"""Year, month, day; None for what is not said."""

_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTHS = {name[:3]: number for number, name in enumerate(_NAMES, start=1)}

MONTH = "(?:" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _NAMES) + r"|Sept)\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?![\d:.,]*\d|%| ?(?:percent|per cent|points?|million|billion|thousand)\b)"
_YEAR = r"(?:1[89]|2[01])\d\d(?![\d,.]*\d|%)"
_TO = r" ?(?:-|–|—|to|and|or|through|until) ?"

DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d\d-\d\d)(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)"
    rf"|(?P<slashed>\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d))(?!\d)"
    rf"|\b(?P<m1>{MONTH}) (?P<d1>{_DAY})(?:{_TO}(?P<d1b>{_DAY}))?(?:,? (?P<y1>{_YEAR}))?"
    rf"|\b(?P<d2>{_DAY})(?:{_TO}(?P<d2b>{_DAY}))?(?: of)? (?P<m2>{MONTH})(?:,? (?P<y2>{_YEAR}))?"
    rf"|\b(?P<m3>{MONTH})(?:{_TO}(?P<m3b>{MONTH}))?,? (?P<y3>{_YEAR})",
    re.IGNORECASE,
)
# Words of their own, unless they are capitalised or stand with a year: in `20 may win` no date is meant.
_ALSO_WORDS = re.compile(r"\b(?:may|march|mar)\b")


def days_of(match: re.Match[str]) -> tuple[Day, ...]:
    """What a match of DATE says: one date, or both ends of a range."""
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return ((year, month, day),)
    if match["slashed"]:
        return _slashed(match["slashed"])
    if match["m3"]:
        return tuple((int(match["y3"]), _month(name), None) for name in (match["m3"], match["m3b"]) if name)
    style = "1" if match["m1"] else "2"
    year_said = match[f"y{style}"]
    said = (match[f"d{style}"], match[f"d{style}b"])
    return tuple(
        (int(year_said) if year_said else None, _month(match[f"m{style}"]), _number(day)) for day in said if day
    )


def without_word(match: re.Match[str]) -> str | None:
    """The match of DATE without a `may` or `march` that may be a mere word; None when only a date can be meant."""
    if match["y1"] or match["y2"] or match["m3"] or not _ALSO_WORDS.search(match.group()):
        return None
    return _ALSO_WORDS.sub(" ", match.group())


def agree(said: Day, known: Day) -> bool:
    """Whether everything said is known to be so."""
    return all(part is None or part == fact for part, fact in zip(said, known, strict=True))


def _slashed(text: str) -> tuple[Day, ...]:
    """Month first, as in the United States; day first where that alone makes sense."""
    first, second, year = map(int, text.split("/"))
    year = year if year > 99 else 2000 + year
    return ((year, second, first) if first > 12 else (year, first, second),)


def _month(name: str) -> int:
    return _MONTHS[name[:3].capitalize()]


def _number(day: str) -> int:
    return int(re.sub(r"\D", "", day))
