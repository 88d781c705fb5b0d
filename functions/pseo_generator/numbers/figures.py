"""Reads the figures of a text: amounts with their unit, dates, times of day, ranks, names with digits.

What counts as a figure, and what does not:
* Digits in any form, and cardinal numbers in words from two up. `one` and `zero` count before a unit only.
* Words that state a proportion or a size without a figure (`half`, `twice`, `dozens`, `millions of`).
* Ranks: `#2`, ordinals from third up, `top three`, and `the two`, which points at a pair. `first` and `second`
  are not read: they order sentences more often than outcomes. Neither are Roman numerals.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from functions.pseo_generator.numbers import units
from functions.pseo_generator.numbers.dates import DATE, Day, days_of, without_word
from functions.pseo_generator.numbers.folding import fold


class Kind(StrEnum):
    """What a figure is. Figures of different kinds never stand for each other."""

    AMOUNT = "amount"
    DATE = "date"
    CLOCK = "clock"
    RANK = "rank"
    CODE = "code"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as read from `start` to `end` of the folded text.

    `step` is the size of the last digit shown; `scale` is the factor that `million` or `cents` stands for and is
    part of `value` and `step` already. `direction` is 1 or -1 where the text says that something rose or fell by
    the figure. `otherwise` is what a date says if its `may` or `march` is not a month.
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: Decimal = Decimal()
    step: Decimal = Decimal()
    scale: Decimal = Decimal(1)
    unit: str = ""
    direction: int = 0
    days: tuple[Day, ...] = ()
    otherwise: "tuple[Figure, ...]" = ()


_NUMBER = (
    r"\d{1,3}(?:[,'’_]\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?!\d)|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?|\.\d+"
)
_AMOUNT = re.compile(
    rf"(?P<sign>(?<![\w.,)%])[-+–])?(?P<currency>{units.CURRENCY})?(?P<number>{_NUMBER})"
    rf"(?P<scale>{units.SCALE})?(?P<unit>{units.UNIT})?"
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?: ?[ap]\.?m\b\.?)?|\d{1,2} ?[ap]\.?m\b\.?", re.IGNORECASE)
_ORDINALS = ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"]
_NO_UNIT = rf"(?![.,:]?\d|{units.SCALE}|{units.UNIT}| ?(?:-|–|—|to|and|or) ?\$?\d)"
_RANK = re.compile(
    rf"(?:#|\bno\. ?)(?P<place>\d+){_NO_UNIT}"
    r"|\b(?P<ordinal>\d+)(?:st|nd|rd|th)\b"
    rf"|\b(?P<word>{'|'.join(_ORDINALS)})\b(?! of)"
    rf"|\b(?:top|leading)[ -](?P<group>\d{{1,2}}){_NO_UNIT}"
    rf"|\b(?:the|these|those) (?P<pair>2){_NO_UNIT}"
    r"|\b(?P<leading>\d{1,2}) (?=(?:leading|top|front|highest|most probable|most likely)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"\b(?:half|halves|halved|halving|twice|thrice|(?:doubl|tripl|quadrupl)(?:e|es|ed|ing)|dozens?|thirds|quarters"
    r"|(?:third|quarter|fourth|fifth|sixth|eighth|tenth) of|(?:hundred|thousand|million|billion|trillion)s?)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"[^\W\d_]+\d\w*|\d[\d,.]*[^\W\d_]\w*|\d+")
_JOINED = re.compile(r" ?(?:-|–|—|to|through) ?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|from) (?:about |roughly )?$", re.IGNORECASE)


def figures_in(text: str) -> list[Figure]:
    """Every figure of a text that is folded and without markup, in its order."""
    found: list[Figure] = []
    position = 0
    while position < len(text):
        figure = _figure_at(text, position)
        if figure is not None:
            found.append(figure)
        position = figure.end if figure else position + 1
    return list(_with_shared_units(text, found))


@lru_cache(maxsize=2048)
def figures_of(text: str) -> tuple[Figure, ...]:
    """`figures_in` of a text as it was written. Remembered: the same facts are looked through for every draft."""
    return tuple(figures_in(fold(text)))


def _figure_at(text: str, at: int) -> Figure | None:
    """The figure that starts here. Words are read from their first letter only; no digit is ever passed over."""
    if text[at].isspace() or (text[at].isalpha() and at > 0 and text[at - 1].isalnum()):
        return None
    readers = (_date, _clock, _rank, _word, _amount, _code)
    return next((figure for read in readers if (figure := read(text, at)) is not None), None)


def _date(text: str, at: int) -> Figure | None:
    match = DATE.match(text, at)
    if match is None:
        return None
    bare = without_word(match)
    return replace(
        _figure(Kind.DATE, match), days=days_of(match), otherwise=tuple(figures_in(bare)) if bare is not None else ()
    )


def _clock(text: str, at: int) -> Figure | None:
    match = _CLOCK.match(text, at)
    return _figure(Kind.CLOCK, match) if match else None


def _rank(text: str, at: int) -> Figure | None:
    match = _RANK.match(text, at)
    if match is None:
        return None
    said = next(group for group in match.groups() if group).lower()
    place = _ORDINALS.index(said) + 3 if said in _ORDINALS else int(said)
    return replace(_figure(Kind.RANK, match), value=Decimal(place))


def _word(text: str, at: int) -> Figure | None:
    match = _WORD.match(text, at)
    return _figure(Kind.WORD, match) if match else None


def _code(text: str, at: int) -> Figure | None:
    match = _CODE.match(text, at)
    return _figure(Kind.CODE, match) if match else None


def _amount(text: str, at: int) -> Figure | None:
    match = _AMOUNT.match(text, at)
    if match is None or (match.group()[-1].isalnum() and text[match.end() : match.end() + 1].isalnum()):
        return None
    value, step = _value(match["number"])
    unit, per = units.unit_of(match["currency"], match["unit"])
    scale = units.scale_of(match["scale"]) * per
    falls = match["sign"] in ("-", "–")
    direction = (-1 if falls else 1) if match["sign"] else units.direction(text, match.start(), match.end())
    figure = replace(_figure(Kind.AMOUNT, match), value=value * scale, step=step * scale, scale=scale, unit=unit)
    if unit == units.POINTS:
        return replace(figure, direction=direction)
    if unit == units.PERCENT and units.says_by_how_much(text, match.start()):
        return replace(figure, unit=units.PERCENT_CHANGE)
    return replace(figure, value=-figure.value) if falls else figure


def _value(number: str) -> tuple[Decimal, Decimal]:
    """The number and the size of its last digit. A comma before one or two last digits is a decimal comma."""
    if re.fullmatch(r"\d+,\d{1,2}", number):
        number = number.replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", number):
        number = number.replace(".", "")
    plain = re.sub("[,'’_]", "", number)
    return Decimal(plain), Decimal(1).scaleb(-len(plain.partition(".")[2]))


def _with_shared_units(text: str, found: list[Figure]) -> Iterator[Figure]:
    """In `10 to 15%` and `$5-6 million` each number has the unit and the scale of both."""
    for position, figure in enumerate(found):
        neighbours = found[max(position - 1, 0) : position + 2]
        for other in neighbours:
            if other is not found[position] and _are_joined(text, found[position], other):
                figure = _sharing(figure, other)
        yield figure


def _are_joined(text: str, one: Figure, other: Figure) -> bool:
    if one.kind is not Kind.AMOUNT or other.kind is not Kind.AMOUNT:
        return False
    first, second = sorted((one, other), key=lambda figure: figure.start)
    between = text[first.end : second.start]
    if between in (" and ", " or "):
        return _BETWEEN.search(text[: first.start]) is not None
    return _JOINED.fullmatch(between) is not None


def _sharing(figure: Figure, other: Figure) -> Figure:
    if figure.unit and other.unit:
        return figure
    factor = other.scale if figure.scale == 1 else Decimal(1)
    return replace(
        figure,
        unit=figure.unit or other.unit,
        value=figure.value * factor,
        step=figure.step * factor,
        scale=figure.scale * factor,
    )


def _figure(kind: Kind, match: re.Match[str]) -> Figure:
    return Figure(kind, match.group().strip(), match.start(), match.end())
