"""What stands above and around a page: its title, description, keywords and picture."""

from decimal import Decimal

from functions.shared.domain.figures import day, dollars, points
from functions.shared.writing.offline.reading import Reading, called, chance, direction, named, probability
from functions.shared.writing.offline.voice import Voice, after_title, shortened

_TITLE_LIMIT = 110
_NAME_LIMIT = 48
_DESCRIPTION_LIMIT = 300
_NOTABLE = Decimal("0.01")


def title(reading: Reading, voice: Voice) -> str:
    """A specific title: the question, and what the market says to it."""
    question, claims = reading.event.title.strip(), _claims(reading)
    whole = [after_title(question, claim) for claim in claims]
    fitting = [text for text in whole if len(text) <= _TITLE_LIMIT]
    if fitting:
        return voice.pick(*fitting)
    claim = min(claims, key=len)
    return after_title(shortened(question, _TITLE_LIMIT - len(claim) - 2), claim)


def description(reading: Reading, voice: Voice) -> str:
    """A meta description of one to three sentences."""
    sentences = [_standing(reading, voice), _next(reading, voice), _money(reading, voice)]
    text = ""
    for sentence in filter(None, sentences):
        if len(text) + len(sentence) < _DESCRIPTION_LIMIT:
            text = f"{text} {sentence}".strip()
    return text


def keywords(reading: Reading) -> list[str]:
    """Search phrases, lower case, most specific first."""
    subject = shortened(reading.event.title.strip().rstrip("?!. "), 70).lower()
    found = [f"{subject} odds", f"{subject} prediction market", f"{subject} probability"]
    if not reading.yes_no:
        found += [f"{named(outcome).lower()} chances" for outcome in reading.priced[:4]]
    return list(dict.fromkeys([*found, "prediction market prices", "market odds"]))


def image_prompt(reading: Reading, voice: Voice) -> str:
    """What an illustrator would be asked for."""
    scene = voice.pick(
        "A calm editorial illustration in flat colours",
        "A clean isometric illustration in a muted palette",
        "A paper-cut collage with soft shadows",
        "A minimal ink drawing with a single accent colour",
    )
    subject = f"the question “{shortened(reading.event.title.strip(), 200)}”"
    standing = f", with {called(reading.leader)} shown most prominently" if reading.leader and reading.race else ""
    return f"{scene} about {subject}{standing}. No text, no numbers, no logos, no faces of real people."


def _claims(reading: Reading) -> list[str]:
    leader, runner_up = reading.leader, reading.runner_up
    if leader is None:
        return ["what the prediction market lists", "a market still waiting for prices"]
    if not reading.leads:
        return _claims_of_many(reading)
    name, price = called(leader, _NAME_LIMIT), chance(leader)
    claims = [f"{name} at {price}", f"traders put {name} at {price}", f"market gives {name} {price}"]
    if reading.race and runner_up is not None:
        claims += [
            f"{name} ahead at {price}",
            f"{name} favoured over {called(runner_up, _NAME_LIMIT)}",
        ]
    for period, change in reading.moves:
        if abs(change) >= _NOTABLE:
            claims.append(f"{name} {direction(change)} {points(change)} in {period}")
    return claims


def _claims_of_many(reading: Reading) -> list[str]:
    """For outcomes of which none leads: none of them is put in front."""
    claims = ["outcome by outcome", "what each outcome is priced at"]
    if reading.ends is None or probability(reading.ends[0]) == probability(reading.ends[1]):
        return claims
    lowest, highest = map(chance, reading.ends)
    return [f"prices from {lowest} to {highest}", f"each outcome has its price, {lowest} to {highest}"]


def _standing(reading: Reading, voice: Voice) -> str:
    taken = day(reading.event.captured_at)
    leader = reading.leader
    if leader is None:
        return f"What the prediction market on {reading.quoted} lists and how it will be settled, as of {taken}."
    if not reading.leads:
        return _standing_of_many(reading, voice)
    name, price = called(leader), chance(leader)
    return voice.pick(
        f"As of {taken}, traders put {name} at {price} in the market on {reading.quoted}.",
        f"{reading.quoted}: the prediction market gives {name} {price} as of {taken}.",
        f"Prices on {reading.quoted}, taken on {taken}, make {name} the most likely outcome at {price}.",
    )


def _standing_of_many(reading: Reading, voice: Voice) -> str:
    taken = day(reading.event.captured_at)
    if reading.ends is None:
        return f"What the outcomes listed in the market on {reading.quoted} were priced at on {taken}."
    lowest, highest = (f"{called(outcome)} at {chance(outcome)}" for outcome in reading.ends)
    return voice.pick(
        f"As of {taken}, the outcomes listed in the market on {reading.quoted} range from {lowest} to {highest}.",
        f"{reading.quoted}: prices taken on {taken}, from {lowest} to {highest}.",
        f"Prices on {reading.quoted}, taken on {taken}, outcome by outcome: from {lowest} to {highest}.",
    )


def _next(reading: Reading, voice: Voice) -> str:
    runner_up = reading.runner_up
    if runner_up is None or not reading.race:
        return ""
    name, price = called(runner_up), chance(runner_up)
    return voice.pick(f"Next comes {name} at {price}.", f"{name} follows at {price}.", f"Behind it: {name} at {price}.")


def _money(reading: Reading, voice: Voice) -> str:
    if not reading.event.volume:
        return "What the price rests on, and how it will be settled."
    amount = dollars(reading.event.volume)
    return voice.pick(
        f"{amount} traded so far; what moved, what it rests on and how it resolves.",
        f"What is behind the prices, with {amount} traded, and how the market resolves.",
        f"The full standing, recent moves and settlement rules, with {amount} traded.",
    )
