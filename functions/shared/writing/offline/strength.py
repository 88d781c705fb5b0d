"""How sure a market is of its most likely outcome, in words that hold for that kind of market."""

from decimal import Decimal

from functions.shared.writing.offline.reading import Reading, probability
from functions.shared.writing.offline.voice import Voice

_Scale = tuple[tuple[Decimal, tuple[str, ...]], ...]

_LIKELY: _Scale = (
    (
        Decimal("0.9"),
        (
            "Traders treat this as nearly settled, though nearly is not the same as done.",
            "That leaves little room for anything else, and a surprise would be a large one.",
        ),
    ),
    (
        Decimal("0.65"),
        (
            "That is a firm expectation with real room left for being wrong.",
            "The market leans clearly that way without calling it settled.",
        ),
    ),
    (
        Decimal("0.5"),
        (
            "That is at least as likely as not, but not by so much that the opposite would be a shock.",
            "The market leans that way at most lightly, and would not be surprised by the opposite.",
        ),
    ),
)
_IN_A_RACE: _Scale = (
    (
        Decimal("0.25"),
        (
            "It is the highest price here, and still the rest of the field taken together is more likely.",
            "A favourite, then, but not a majority: some other outcome remains the likelier result.",
        ),
    ),
    (
        Decimal(0),
        (
            "No outcome here commands real confidence: even the highest price is a low one.",
            "The field is wide open, and the favourite is only the least unlikely of many.",
        ),
    ),
)
_OTHERWISE: _Scale = (
    (
        Decimal("0.1"),
        (
            "Traders think it less likely than not, without ruling it out.",
            "The market leans against it, with room for a surprise.",
        ),
    ),
    (
        Decimal(0),
        (
            "Traders consider it a remote possibility.",
            "The market all but rules it out, which is not quite the same as impossible.",
        ),
    ),
)


def strength(reading: Reading, voice: Voice) -> str:
    """A sentence on how sure the market is; empty when nothing has a price."""
    if reading.leader is None:
        return ""
    price = probability(reading.leader)
    below = _IN_A_RACE if reading.race else _OTHERWISE
    return next(voice.pick(*sentences) for least, sentences in _LIKELY + below if price >= least)
