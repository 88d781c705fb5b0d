"""Ways to begin a page. Each is built differently, so that neighbouring pages do not look alike."""

from collections.abc import Callable, Mapping

from functions.shared.ai.offline.markup import bullets, heading, labelled, paragraph, table
from functions.shared.ai.offline.reading import Reading, called, chance, direction, named
from functions.shared.ai.offline.strength import strength
from functions.shared.ai.offline.voice import Voice
from functions.shared.facts import CAPTURED, CLOSES, MOST_LIKELY, OUTCOMES, RUNNER_UP, TRADED, TRADED_DAY, movement
from functions.shared.figures import day, dollars, points
from functions.shared.market import Outcome

_Opening = Callable[[Reading, Outcome, Voice], list[str]]

_AT_A_GLANCE = (MOST_LIKELY, RUNNER_UP, OUTCOMES, TRADED, TRADED_DAY, CLOSES, CAPTURED)


def opening(reading: Reading, voice: Voice, facts: Mapping[str, str]) -> list[str]:
    """The page's first blocks, built in one of the ways that the data allows."""
    if reading.leader is None:
        return _without_prices(reading)
    ways: list[_Opening] = [_figure_first, _question_and_answer, _board]
    if sum(label in facts for label in _AT_A_GLANCE) > 2:
        ways.append(lambda reading, leader, voice: _glance(reading, leader, voice, facts))
    if reading.runner_up is not None and (reading.race or reading.yes_no):
        ways.append(_contrast)
    if any(direction(change) != "flat" for _, change in reading.moves):
        ways.append(_movement_first)
    if reading.event.volume:
        ways.append(_money_first)
    return voice.pick(*ways)(reading, reading.leader, voice)


def _figure_first(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    price, name, taken = chance(leader), called(leader), day(reading.event.captured_at)
    lead = voice.pick(
        f"{price}: that is the probability traders gave {name} on {taken} in the market on {reading.quoted}.",
        f"On {taken} the market on {reading.quoted} priced {name} at {price}.",
        f"Traders with money on the answer to {reading.quoted} put {name} at {price} on {taken}.",
    )
    return [paragraph(lead, strength(reading, voice)), paragraph(_scope(reading, voice))]


def _question_and_answer(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    question = reading.title if reading.title.endswith("?") else f"{reading.title}: what does the market expect?"
    price, name, taken = chance(leader), called(leader), day(reading.event.captured_at)
    answer = voice.pick(
        f"The short answer from the market is {name}, at {price} when prices were taken on {taken}.",
        f"{name}, say traders, at {price}. Prices were taken on {taken}.",
        f"As of {taken} the market's answer is {name}, with a probability of {price}.",
    )
    return [heading(question), paragraph(answer, strength(reading, voice)), paragraph(_scope(reading, voice))]


def _glance(reading: Reading, leader: Outcome, voice: Voice, facts: Mapping[str, str]) -> list[str]:
    lead = voice.pick(
        f"What the market on {reading.quoted} says at a glance:",
        f"The state of {reading.quoted} in a few lines:",
        f"{reading.quoted}, summed up from the latest prices:",
    )
    pairs = [(label, facts[label]) for label in _AT_A_GLANCE if label in facts]
    highest = "" if MOST_LIKELY in facts else f"The highest price is that of {called(leader)}: {chance(leader)}."
    return [paragraph(lead), labelled(pairs), paragraph(highest, strength(reading, voice))]


def _board(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    rows = [(named(outcome), chance(outcome)) for outcome in reading.priced[:3]]
    lead = voice.pick(
        f"Where the market on {reading.quoted} stood on {day(reading.event.captured_at)}:",
        f"The top of the board in {reading.quoted}, as priced on {day(reading.event.captured_at)}:",
    )
    return [
        paragraph(lead),
        table(("Outcome", "Probability"), rows),
        paragraph(strength(reading, voice), _scope(reading, voice)),
    ]


def _contrast(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    if reading.runner_up is None:
        return _figure_first(reading, leader, voice)
    ahead, behind = (
        f"{called(leader)} at {chance(leader)}",
        f"{called(reading.runner_up)} at {chance(reading.runner_up)}",
    )
    taken = day(reading.event.captured_at)
    lead = voice.pick(
        f"On the side traders prefer stands {ahead}; against it, {behind}.",
        f"{ahead}, {behind}: that is how the market on {reading.quoted} split on {taken}.",
        f"Between {ahead} and {behind} lies what traders do not know about {reading.quoted}.",
    )
    return [paragraph(lead), paragraph(strength(reading, voice), _scope(reading, voice))]


def _movement_first(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    moved = [(period, change) for period, change in reading.moves if direction(change) != "flat"]
    period, change = max(moved, key=lambda move: abs(move[1]))
    verb = voice.pick("gained", "added", "rose by") if change > 0 else voice.pick("lost", "shed", "fell by")
    lead = f"{called(leader)} {verb} {points(change)} in {period}, and stood at {chance(leader)} when prices were taken"
    others = [f"{movement(outcome, change)} in {period}" for outcome, period, change in reading.movers[:2]]
    also = [paragraph("Elsewhere in the market:"), bullets(others)] if others and not reading.yes_no else []
    return [
        paragraph(f"{lead} on {day(reading.event.captured_at)}.", f"The question: {reading.quoted}."),
        *also,
        paragraph(strength(reading, voice)),
    ]


def _money_first(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    amount = dollars(reading.event.volume) if reading.event.volume is not None else ""
    lead = voice.pick(
        f"{amount} has changed hands over {reading.quoted}.",
        f"Traders have moved {amount} on {reading.quoted}.",
        f"Behind the prices on {reading.quoted} lies {amount} of trading.",
    )
    verdict = voice.pick(
        f"What that money says: {called(leader)}, at {chance(leader)} on {day(reading.event.captured_at)}.",
        f"On {day(reading.event.captured_at)} it put {called(leader)} at {chance(leader)}.",
    )
    return [paragraph(lead, verdict, strength(reading, voice))]


def _scope(reading: Reading, voice: Voice) -> str:
    """What kind of question it is, so that the figures are not misread."""
    count = reading.event.outcome_count
    if reading.yes_no:
        return voice.pick(
            "There are only these answers, so what is taken from yes is given to no.",
            "Yes and no share the probability between them: a gain for either is a loss for the other.",
        )
    if reading.race:
        return voice.pick(
            f"The market lists {count} outcomes, and only a single winner can come of them.",
            f"The listed outcomes exclude each other, and there are {count} of them.",
        )
    if count > 1:
        return voice.pick(
            f"The market lists {count} outcomes, each with a price of its own; they need not exclude each other.",
            f"All {count} outcomes are priced separately, so their probabilities need not add up to a whole.",
        )
    return ""


def _without_prices(reading: Reading) -> list[str]:
    taken = day(reading.event.captured_at)
    return [
        paragraph(
            f"The market on {reading.quoted} is open, but when it was looked at on {taken} no outcome had a price.",
            "Until people trade, there is no probability to report. What can be said is how it will be settled.",
        )
    ]
