"""Makes one spelling of many: digits of every script, invisible characters, numbers in words."""

import re
import unicodedata

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(_ONES)}
_VALUES |= {word: 10 * (position + 2) for position, word in enumerate(_TENS)}

_NUMBER_WORD = "|".join(sorted(_VALUES, key=len, reverse=True))
_IN_WORDS = re.compile(
    rf"\b(?:{_NUMBER_WORD})(?:(?:[ -]hundred)?(?:[ -]and)?[ -](?:{_NUMBER_WORD}))*(?:[ -]hundred)?\b"
    rf"(?: point(?: (?:{_NUMBER_WORD}))+\b)?",
    re.IGNORECASE,
)
# "one" is a pronoun and "zero" an adjective unless a unit makes them figures.
_UNIT_AFTER = re.compile(
    r" ?%|[ -](?:percent|per cent|pct|points?|dollars?|hundred|thousand|million|billion|trillion)\b"
    rf"| in (?:\d|(?:{_NUMBER_WORD})\b)",
    re.IGNORECASE,
)
_GROUPING_SPACE = re.compile("(?<=\\d)[\u00a0\u2007\u2009\u202f](?=\\d{3}(?!\\d))")


def fold(text: str) -> str:
    """The text on one line, as a reader sees it, with every number in ASCII digits."""
    if text.isascii():
        return _IN_WORDS.sub(_in_digits, " ".join(text.split()))
    shown = "".join(character for character in text if unicodedata.category(character) != "Cf")
    grouped = _GROUPING_SPACE.sub(",", shown)
    plain = unicodedata.normalize("NFKC", "".join(_spaced(character) for character in grouped))
    digits = "".join(_ascii(character) for character in plain)
    return _IN_WORDS.sub(_in_digits, " ".join(digits.split()))


def _spaced(character: str) -> str:
    """Keep `²`, `½` and `Ⅷ` apart from what they stand next to."""
    return f" {character} " if unicodedata.category(character) in ("No", "Nl") else character


def _ascii(character: str) -> str:
    if character == "\u2212":
        return "-"
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    number = unicodedata.numeric(character, None)
    return character if number is None else f" {number:g} "


def _in_digits(match: re.Match[str]) -> str:
    words = re.split("[ -]", match.group().lower())
    followed = match.string[match.end() :]
    if words in (["one"], ["zero"]) and not _UNIT_AFTER.match(followed):
        return match.group()
    whole, _, decimals = match.group().lower().partition(" point ")
    fraction = "".join(str(_VALUES[word]) for word in decimals.split())
    return f"{_whole(whole)}.{fraction}" if fraction else _whole(whole)


def _whole(text: str) -> str:
    """`thirty-eight` is 38; words that do not form one number stay apart, so that none is lost."""
    numbers: list[int] = []
    takes = 0  # the largest number the last one can still be completed by
    for word in re.split("[ -]", text):
        if word == "and":
            takes = takes if takes == 99 else 0
        elif word == "hundred":
            numbers[-1] *= 100
            takes = 99
        else:
            value = _VALUES[word]
            if value <= takes:
                numbers[-1] += value
            else:
                numbers.append(value)
            takes = 9 if value >= 20 else 0
    return " ".join(str(number) for number in numbers)
