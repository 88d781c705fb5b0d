"""The check itself: which figures of a text the data does not hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from functions.pseo_generator.numbers.dates import Day, agree
from functions.pseo_generator.numbers.evidence import Evidence, Known
from functions.pseo_generator.numbers.figures import Figure, Kind, figures_in
from functions.pseo_generator.numbers.folding import fold

_CONTEXT = 40


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A figure the data does not hold, with the words around it."""

    figure: str
    context: str

    def __str__(self) -> str:
        return f"“{self.figure}” in “{self.context}”"


def unsupported(texts: Iterable[str], evidence: Evidence) -> list[Unsupported]:
    """The figures of `texts` (without markup) that the data does not hold, at the precision they are shown at."""
    found = []
    for text in texts:
        folded = fold(text)
        found += [_described(figure, folded) for figure in figures_in(folded) if not _is_held(figure, evidence)]
    return found


def _described(figure: Figure, text: str) -> Unsupported:
    around = text[max(0, figure.start - _CONTEXT) : figure.end + _CONTEXT]
    return Unsupported(figure.text, around.strip())


def _is_held(figure: Figure, evidence: Evidence) -> bool:
    if figure.kind is Kind.AMOUNT:
        return any(_same(figure, known) for known in evidence.amounts) or _is_known_year(figure, evidence)
    if figure.kind is Kind.DATE:
        if figure.otherwise and all(_is_held(each, evidence) for each in figure.otherwise):
            return True
        return all(_is_known_day(day, evidence) for day in figure.days)
    if figure.kind is Kind.RANK and 1 <= figure.value <= evidence.places:
        return True
    return (figure.kind, figure.text.casefold()) in evidence.texts


def _same(figure: Figure, known: Known) -> bool:
    if figure.unit != known.unit or (figure.direction and known.direction and figure.direction != known.direction):
        return False
    if figure.value == known.value:
        return known.step is None or figure.step >= known.step
    if known.step is None or figure.value == 0 or figure.step <= known.step:
        return False
    return abs(figure.value - known.value) <= figure.step / 2


def _is_known_year(figure: Figure, evidence: Evidence) -> bool:
    """Whether a bare `2028` is the year of a known date."""
    if figure.unit or figure.scale != 1 or not (figure.text.isdigit() and len(figure.text) == 4):
        return False
    return any(day[0] == figure.value for day in evidence.days)


def _is_known_day(day: Day, evidence: Evidence) -> bool:
    """Whether the data names the date. A rule that says `June 30` may be told with a year the data names."""
    if any(agree(day, known) for known in evidence.days):
        return True
    year, month, number = day
    undated = (None, month, number)
    return year is not None and undated in evidence.days and any(known[0] == year for known in evidence.days)
