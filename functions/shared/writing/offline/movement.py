"""The section on what moved."""

from decimal import Decimal

from functions.shared.domain.figures import points
from functions.shared.writing.offline.markup import bullets, heading, paragraph
from functions.shared.writing.offline.reading import Reading, called, chance, direction, named
from functions.shared.writing.offline.voice import Voice, capitalised, listed

_Move = tuple[str, Decimal]


def movement(reading: Reading, voice: Voice) -> list[str]:
    """What moved in the last day, week and month; nothing when the source does not say."""
    if reading.leader is None or not reading.moves:
        return []
    title = voice.pick(
        "What moved lately",
        "How the price got here",
        "The recent direction",
        f"{called(reading.leader)}: which way it goes",
    )
    return [heading(title), paragraph(_path(reading, voice), _shape(reading.moves, voice)), *_others(reading, voice)]


def _path(reading: Reading, voice: Voice) -> str:
    if reading.leader is None:
        return ""
    name, price = called(reading.leader), chance(reading.leader)
    steps = listed([f"{_step(change)} over {period}" for period, change in reading.moves])
    return voice.pick(
        f"{name}, at {price}, is {steps}.",
        f"The price of {name} is {steps}, which brings it to {price}.",
        f"{capitalised(steps)}: that is the way {name} came to {price}.",
    )


def _step(change: Decimal) -> str:
    return "unchanged" if direction(change) == "flat" else f"{direction(change)} {points(change)}"


def _shape(moves: list[_Move], voice: Voice) -> str:
    """What the changes over several periods say together."""
    ways = [direction(change) for _, change in moves]
    if all(way == "flat" for way in ways):
        return voice.pick(
            "Nothing has happened lately to change traders' minds.",
            "A price that stands still means that no news worth trading on has come.",
        )
    if len(set(ways)) == 1 and len(ways) > 1:
        return voice.pick(
            "The direction is the same at every distance, which is a drift rather than a jolt.",
            "Short and long view agree, so this is more than a single good or bad day.",
        )
    if {ways[0], ways[-1]} == {"up", "down"}:
        return voice.pick(
            "The directions differ with the distance: the latest move runs against the longer one.",
            "Short and long view disagree, a sign that traders are still making up their minds.",
        )
    if {"up", "down"} <= set(ways):
        return voice.pick("It has been going back and forth.", "There is no clear direction in that.")
    if ways[0] == "flat":
        return voice.pick("The latest day added nothing to it.", "The move is not from the last day, which was quiet.")
    return voice.pick("Most of it is recent.", "Prices move on news, so it is worth looking for what came out lately.")


def _others(reading: Reading, voice: Voice) -> list[str]:
    """The notable moves of other outcomes: in yes and no they only mirror the leader's."""
    if reading.yes_no or not reading.movers:
        return []
    lines = [
        f"{named(outcome)}: {direction(change)} {points(change)} in {period}"
        for outcome, period, change in reading.movers[:4]
    ]
    lead = voice.pick(
        "Among the others, these moved most:",
        "The largest moves elsewhere:",
        "Movement further down the board:",
    )
    return [paragraph(lead), bullets(lines)]
