"""The section on how the outcomes compare: what the table of prices above it leaves to the reader."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

from functions.shared.domain.figures import percent, points
from functions.shared.domain.market import Outcome
from functions.shared.writing.offline.markup import bullets, heading, paragraph
from functions.shared.writing.offline.reading import Reading, called, chance, direction, named, probability
from functions.shared.writing.offline.voice import Voice, listed

_SHOWN = 8
_TOP = 3
_MOST = Decimal("0.75")
_FEWEST_FOR_STEPS = 3
_LONG_SHOT = Decimal("0.03")


def standing(reading: Reading, voice: Voice) -> list[str]:
    """How the favourite compares with the rest; nothing when there is nothing to compare."""
    if reading.leader is None or reading.runner_up is None:
        return []
    if reading.yes_no:
        return [heading(voice.pick("Yes against no", "The balance of the answers")), _balance(reading, voice)]
    titles = [f"How {called(reading.leader)} compares with the rest", "The field behind the favourite", "The rivals"]
    if not reading.race:
        titles = ["How the outcomes compare", "The outcomes side by side", "What is priced, and how"]
    comparisons = [found for compare in _COMPARISONS if (found := compare(reading, voice))]
    return [
        heading(voice.pick(*titles)),
        paragraph(_distance(reading, voice)),
        *(voice.pick(*comparisons) if comparisons else ()),
        paragraph(_tail(reading, voice)),
    ]


def _balance(reading: Reading, voice: Voice) -> str:
    leader, other = reading.priced[0], reading.priced[1]
    sides = f"{called(leader)} at {chance(leader)} and {called(other)} at {chance(other)}"
    if (reading.gap or Decimal()) < Decimal("0.1"):
        return paragraph(
            voice.pick(
                f"With {sides}, the answers are close together: traders cannot tell which way it will go.",
                f"{sides[0].upper()}{sides[1:]}: near balance, where modest news can change which side is ahead.",
            )
        )
    return paragraph(
        voice.pick(
            f"With {sides}, it would take news of weight to turn the balance.",
            f"The answers are far apart, {sides}, so whoever expects the less likely one stands against the crowd.",
            f"Traders have taken sides: {sides}. The distance says how much would have to change for the other answer.",
        )
    )


def _distance(reading: Reading, voice: Voice) -> str:
    leader, runner_up = reading.priced[0], reading.priced[1]
    first, second = called(leader), f"{called(runner_up)} at {chance(runner_up)}"
    if not reading.race:
        return _steps(reading, voice)
    gap = reading.gap or Decimal()
    if gap == 0:
        return voice.pick(
            f"{first} and {called(runner_up)} share the top price of {chance(leader)}.",
            f"Nothing separates {first} from {called(runner_up)}: the price is {chance(leader)} for each.",
        )
    for least, sentences in _DISTANCES:
        if gap >= least:
            return voice.pick(*sentences).format(first=first, second=second)
    return ""


def _steps(reading: Reading, voice: Voice) -> str:
    """For outcomes of which none leads: where their prices lie close together and where not."""
    if len(reading.priced) < _FEWEST_FOR_STEPS:
        first, second = map(called, reading.priced)
        between = f"between {first} and {second}"
        return (
            f"The difference {between} is {points(reading.gap)}." if reading.gap else f"No difference lies {between}."
        )
    steps = sorted(pairwise(reading.priced), key=lambda pair: probability(pair[0]) - probability(pair[1]))
    nearest, widest = (f"{called(above)} and {called(below)}" for above, below in (steps[0], steps[-1]))
    return voice.pick(
        f"The nearest prices are those of {nearest}; the widest step lies between {widest}.",
        f"Between {widest} lies the widest step from one price to the next, between {nearest} the smallest.",
    )


_DISTANCES: tuple[tuple[Decimal, tuple[str, ...]], ...] = (
    (
        Decimal("0.3"),
        (
            "The distance to the next outcome, {second}, is wide: nothing in the field is close to {first}.",
            "Far behind {first} comes {second}, so the order at the top looks settled.",
        ),
    ),
    (
        Decimal("0.1"),
        (
            "Next comes {second}, clearly behind {first} but within reach of a strong run of news.",
            "{first} has a clear lead over {second}, of the size that has to be earned back over time.",
        ),
    ),
    (
        Decimal("0.03"),
        (
            "Close behind {first} is {second}, near enough for the order to change on ordinary news.",
            "The lead over {second} is modest, and {first} could lose it without anything dramatic happening.",
        ),
    ),
    (
        Decimal(0),
        (
            "Hardly anything separates {first} from {second}: the order at the top is close to arbitrary.",
            "{first} is ahead of {second} by a hair, which is less than prices often wander by themselves.",
        ),
    ),
)


def _combined(reading: Reading, voice: Voice) -> list[str]:
    """What the most probable outcomes of a race hold together."""
    top = reading.event.outcomes[:_TOP]
    if not reading.race or reading.event.outcome_count <= _TOP or len(reading.priced) < _TOP:
        return []
    held = min(sum((outcome.probability or Decimal() for outcome in top), Decimal()), Decimal(1))
    rest = "an answer from outside them would surprise" if held >= _MOST else "much is left for those further down"
    return [paragraph(f"Together {listed([called(outcome) for outcome in top])} hold {percent(held)}: {rest}.")]


def _quotes(reading: Reading, voice: Voice) -> list[str]:
    """What is bid and asked for the outcomes after the first."""
    lines = [
        f"{named(outcome)}: bid {percent(outcome.best_bid)}, asked {percent(outcome.best_ask)}"
        for outcome in reading.priced[1:_SHOWN]
        if outcome.best_bid is not None and outcome.best_ask is not None and outcome.best_bid <= outcome.best_ask
    ]
    lead = voice.pick(
        "A price is a point between what is bid and what is asked. For the others these are:",
        "How firm the other prices are shows in what buyers bid and sellers ask:",
    )
    return [paragraph(lead), bullets(lines)] if lines else []


def _directions(reading: Reading, voice: Voice) -> list[str]:
    """Which outcomes rose and which fell."""
    for period, change_of in voice.shuffled(_PERIODS):
        changes = [(called(outcome), change_of(outcome)) for outcome in reading.priced[:_SHOWN]]
        ways = {
            verb: [name for name, change in changes if change is not None and direction(change) == way]
            for way, verb in (("up", "rose"), ("down", "fell"), ("flat", "stood still"))
        }
        told = "; ".join(f"{listed(names)} {verb}" for verb, names in ways.items() if names)
        if sum(map(len, ways.values())) > 1:
            both = reading.race and ways["rose"] and ways["fell"]
            return [paragraph(f"Over {period} {told}.", "What some gain here, others give up." if both else "")]
    return []


_COMPARISONS = (_combined, _quotes, _directions)
_PERIODS: tuple[tuple[str, Callable[[Outcome], Decimal | None]], ...] = (
    ("the last day", lambda outcome: outcome.change_day),
    ("the last month", lambda outcome: outcome.change_month),
)


def _tail(reading: Reading, voice: Voice) -> str:
    outsiders = [outcome for outcome in reading.priced[1:] if probability(outcome) < _LONG_SHOT]
    unlisted = reading.event.outcome_count - len(reading.event.outcomes)
    if unlisted > 0:
        return voice.pick(
            f"Of the {reading.event.outcome_count} outcomes, the ones not shown are priced lower still.",
            f"The market has {reading.event.outcome_count} outcomes in all; those left out here are less likely yet.",
        )
    if len(outsiders) > 1:
        return voice.pick(
            "The lowest prices deserve the least trust: small outsiders are seldom worth anyone's effort to correct.",
            "At the bottom the figures are rough: there is little to gain from trading outsiders to the right price.",
        )
    return ""
