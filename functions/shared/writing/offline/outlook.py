"""The sections on what to watch and on how to read a probability."""

from decimal import Decimal

from functions.shared.domain.figures import day
from functions.shared.writing.offline.markup import bullets, heading, paragraph
from functions.shared.writing.offline.reading import Reading, called, chance, probability
from functions.shared.writing.offline.voice import Voice

_MOST_SIGNS = 4
_CLOSE = Decimal("0.1")
_WIDE = Decimal("0.04")
_THIN = Decimal(100_000)


def watch(reading: Reading, voice: Voice) -> list[str]:
    """What would change the picture, as far as the data tells."""
    specific = [*voice.shuffled(_signs(reading)), *_dates(reading)]
    signs = [*specific[-_MOST_SIGNS:], *_always(voice)][:_MOST_SIGNS]
    title = voice.pick("What to watch", "What would change this", "Signs worth following", "What comes next")
    return [heading(title), bullets(signs)]


def how_to_read(reading: Reading, voice: Voice) -> list[str]:
    """What a probability means, shown on the page's own figure."""
    if reading.leader is None:
        return []
    title = voice.pick(
        "How to read a probability", f"What {chance(reading.leader)} means", "Reading the figure rightly"
    )
    return [heading(title), paragraph(_meaning(reading, voice), _limits(voice))]


def _signs(reading: Reading) -> list[str]:
    leader, runner_up = reading.leader, reading.runner_up
    signs = []
    if leader is not None and runner_up is not None and (reading.gap or Decimal()) < _CLOSE and reading.race:
        signs.append(f"Whether {called(runner_up)} overtakes {called(leader)}: the distance is small.")
    rising = [outcome for outcome, _, change in reading.movers if change > 0]
    if rising and not reading.yes_no:
        signs.append(f"Whether {called(rising[0])}, at {chance(rising[0])} after its rise, can hold that level.")
    if reading.moves and reading.moves[0][1] != 0 and leader is not None:
        way = "rise" if reading.moves[0][1] > 0 else "fall"
        signs.append(f"Whether the latest {way} of {called(leader)} continues or is given back.")
    if reading.spread is not None and reading.spread > _WIDE:
        signs.append("The gap between bids and offers: when it narrows, the price says more.")
    if reading.event.volume is not None and reading.event.volume < _THIN:
        signs.append("Whether more people start trading: more money would make every figure here firmer.")
    return signs


def _dates(reading: Reading) -> list[str]:
    end = reading.event.end_date
    if end is None:
        return []
    if reading.closed:
        return ["The announcement of the result, since the closing date is past."]
    if reading.closes_soon:
        return [f"The approach of {day(end)}: with little time left, prices tend to run towards certainty."]
    return [f"The time until {day(end)}: long enough for what looks unlikely to become likely."]


def _always(voice: Voice) -> list[str]:
    return [
        voice.pick(
            "Statements from those who decide or announce the outcome.",
            "Anything said by the source the rules name.",
        ),
        voice.pick(
            "A sudden rise in trading without news: somebody may know more, or believe so.",
            "Moves that hold for several days; those that vanish overnight were noise.",
        ),
    ]


def _meaning(reading: Reading, voice: Voice) -> str:
    if reading.leader is None:
        return ""
    price, name = chance(reading.leader), called(reading.leader)
    sure = probability(reading.leader) >= Decimal("0.5")
    wrong = "it would fail to happen in the rest of them" if sure else "in most of them something else would happen"
    return voice.pick(
        f"{price} does not say that {name} will come true, nor that it will not. It says that if the same situation "
        f"arose many times over, {name} would follow in {price} of cases, and {wrong}.",
        f"A price of {price} is where traders see a fair trade: below it they would buy {name}, above it they would "
        "sell. It is the point where opinions cancel out.",
        f"Read {price} as a degree of belief. It is right if, among many questions priced like {name} here, about "
        "that share comes true; no single result proves or disproves it.",
        f"{price} for {name} is what people are willing to stake their own money on, and it changes as soon as they "
        "learn something. It is neither a poll nor a promise.",
    )


def _limits(voice: Voice) -> str:
    return voice.pick(
        "Prices can be wrong, above all far from the closing date and near the extremes.",
        "Money tied up until the close has its cost, which keeps very high and very low prices from being exact.",
        "The figure reports what traders believe; it is no advice to trade.",
    )
