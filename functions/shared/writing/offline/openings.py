"""Ways to begin a page. Each is built differently, so that neighbouring pages do not look alike."""

from collections.abc import Callable, Mapping, Sequence

from functions.shared.domain.facts import COMMENTS, OPENED, TRADED_MONTH
from functions.shared.domain.figures import day, dollars, percent, points
from functions.shared.domain.market import Outcome
from functions.shared.writing.offline.markup import heading, labelled, paragraph
from functions.shared.writing.offline.reading import Reading, called, chance, direction
from functions.shared.writing.offline.strength import strength
from functions.shared.writing.offline.voice import Voice

_Opening = Callable[[Reading, Outcome, Voice], list[str]]

# What stands nowhere else on a page.
_FURTHER_FACTS = (OPENED, TRADED_MONTH, COMMENTS)


def opening(reading: Reading, voice: Voice, facts: Mapping[str, str]) -> list[str]:
    """The page's first blocks, built in one of the ways that the data allows."""
    if reading.leader is None:
        return _without_prices(reading)
    ways: list[_Opening] = [_figure_first, _question_and_answer] if reading.leads else [_range_first, _by_outcome]
    if further := _further(reading, facts):
        ways.append(lambda reading, leader, voice: _beyond_the_table(reading, leader, voice, further))
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


def _range_first(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    """For outcomes of which none leads."""
    taken = day(reading.event.captured_at)
    lead = voice.pick(
        f"Prices in the market on {reading.quoted}, taken on {taken}, {_range(reading)}.",
        f"On {taken} what traders paid in the market on {reading.quoted} {_range(reading)}.",
    )
    return [paragraph(lead), paragraph(_scope(reading, voice))]


def _by_outcome(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    taken = day(reading.event.captured_at)
    lead = voice.pick(
        f"Each outcome listed was priced for itself when prices were taken on {taken}; they {_range(reading)}.",
        f"Taken one by one, the outcomes had prices on {taken} that {_range(reading)}.",
    )
    question = reading.title if reading.title.endswith("?") else f"{reading.title}: outcome by outcome"
    return [heading(question), paragraph(lead, _scope(reading, voice))]


def _range(reading: Reading) -> str:
    """A predicate for prices."""
    if reading.ends is None:
        return f"begin and end with {called(reading.priced[0])} at {chance(reading.priced[0])}"
    lowest, highest = (f"{chance(outcome)} for {called(outcome)}" for outcome in reading.ends)
    return f"run from {lowest} to {highest}"


def _further(reading: Reading, facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Figures that the page's own table and totals do not show; empty when there are too few for a list."""
    pairs = [(label, facts[label]) for label in _FURTHER_FACTS if label in facts]
    if reading.race and reading.gap:
        pairs.insert(0, ("Distance between the first and the second", points(reading.gap)))
    leader = reading.leader
    if (
        leader is not None
        and reading.spread is not None
        and leader.best_bid is not None
        and leader.best_ask is not None
    ):
        bid, ask = percent(leader.best_bid), percent(leader.best_ask)
        pairs.append((f"Bid and offer for {called(leader)}", f"{bid} and {ask}"))
    return pairs if len(pairs) > 2 else []


def _beyond_the_table(reading: Reading, leader: Outcome, voice: Voice, further: Sequence[tuple[str, str]]) -> list[str]:
    lead = voice.pick(
        f"What a table of prices does not show about {reading.quoted}:",
        f"Before the prices on {reading.quoted} are taken at their word, a few figures beside them:",
        f"{reading.quoted}, beyond the bare probabilities:",
    )
    level = f"{called(leader)} stood at {chance(leader)} on {day(reading.event.captured_at)}."
    return [paragraph(lead), labelled(further), paragraph(level, strength(reading, voice))]


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
    return [
        paragraph(f"{lead} on {day(reading.event.captured_at)}.", f"The question: {reading.quoted}."),
        paragraph(strength(reading, voice)),
    ]


def _money_first(reading: Reading, leader: Outcome, voice: Voice) -> list[str]:
    amount = dollars(reading.event.volume) if reading.event.volume is not None else ""
    lead = voice.pick(
        f"{amount} has changed hands over {reading.quoted}.",
        f"Traders have moved {amount} on {reading.quoted}.",
        f"Behind the prices on {reading.quoted} lies {amount} of trading.",
    )
    if not reading.leads:
        prices = f"The prices it made on {day(reading.event.captured_at)} {_range(reading)}."
        return [paragraph(lead, prices), paragraph(_scope(reading, voice))]
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
            f"Each of the {count} outcomes listed has a price of its own, and the prices need not add up to a whole.",
            f"The {count} outcomes listed are priced separately, so their probabilities need not add up to a whole.",
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
