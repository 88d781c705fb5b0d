"""The section on how the outcomes compare."""

from collections.abc import Callable
from decimal import Decimal

from functions.shared.ai.offline.markup import bullets, heading, paragraph, table
from functions.shared.ai.offline.reading import Reading, called, chance, direction, named, probability
from functions.shared.ai.offline.voice import Voice, listed
from functions.shared.figures import dollars, points
from functions.shared.market import Outcome

_SHOWN = 8
_LONG_SHOT = Decimal("0.03")


def standing(reading: Reading, voice: Voice) -> list[str]:
    """How the favourite compares with the rest; nothing when there is nothing to compare."""
    if reading.leader is None or reading.runner_up is None:
        return []
    if reading.yes_no:
        return [heading(voice.pick("Yes against no", "The balance of the answers")), _balance(reading, voice)]
    titles = [f"How {called(reading.leader)} compares with the rest", "The field behind the favourite", "The rivals"]
    if not reading.race:
        titles = ["Outcome by outcome", "Every outcome side by side", "What is priced, and how"]
    title, shape = voice.pick(*titles), voice.pick(*_SHAPES)
    return [
        heading(title),
        paragraph(_distance(reading, voice)),
        *shape(reading, voice),
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
        return _range(reading, voice)
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


def _range(reading: Reading, voice: Voice) -> str:
    """For outcomes that need not exclude each other: they have no order of merit, only a highest and lowest price."""
    highest, lowest = (f"{called(outcome)} at {chance(outcome)}" for outcome in (reading.priced[0], reading.priced[-1]))
    return voice.pick(
        f"Prices run from {highest} down to {lowest}.",
        f"The highest price here is {highest}; the lowest of those listed is {lowest}.",
        f"Each outcome is a question of its own, from {lowest} up to {highest}.",
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


def _as_table(reading: Reading, voice: Voice) -> list[str]:
    shown = reading.priced[:_SHOWN]
    columns: list[tuple[str, Callable[[Outcome], str]]] = [("Outcome", named), ("Probability", chance)]
    if any(outcome.change_week is not None for outcome in shown):
        columns.append(("Last week", lambda outcome: _signed(outcome.change_week)))
    if any(outcome.volume is not None for outcome in shown):
        columns.append(("Traded", lambda outcome: "–" if outcome.volume is None else dollars(outcome.volume)))
    return [table([head for head, _ in columns], [[cell(outcome) for _, cell in columns] for outcome in shown])]


def _as_list(reading: Reading, voice: Voice) -> list[str]:
    lines = []
    for outcome in reading.priced[:_SHOWN]:
        line = f"{named(outcome)}: {chance(outcome)}"
        if outcome.change_week is not None and direction(outcome.change_week) != "flat":
            line += f", {direction(outcome.change_week)} {points(outcome.change_week)} in the last week"
        lines.append(line)
    return [bullets(lines, ordered=True)]


def _as_prose(reading: Reading, voice: Voice) -> list[str]:
    others = [f"{called(outcome)} ({chance(outcome)})" for outcome in reading.priced[2:_SHOWN]]
    if not others:
        return _as_table(reading, voice)
    return [paragraph(voice.pick("Further prices:", "The others listed:", "And besides:") + f" {listed(others)}.")]


_SHAPES = (_as_table, _as_table, _as_list, _as_prose)


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


def _signed(change: Decimal | None) -> str:
    if change is None:
        return "–"
    return "unchanged" if direction(change) == "flat" else f"{direction(change)} {points(change)}"
