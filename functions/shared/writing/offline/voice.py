"""Seeded choices, so that equal briefs read the same and different ones differ in build and wording."""

import random
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Voice:
    """Picks among phrasings; the same seed picks the same."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  variety, not secrecy

    def pick(self, *options: Choice) -> Choice:
        """One of the options."""
        return self._random.choice(options)

    def shuffled(self, options: Sequence[Choice]) -> list[Choice]:
        """All the options in some order."""
        return self._random.sample(options, len(options))


def shortened(text: str, limit: int) -> str:
    """The text in at most `limit` characters, ended at a word, with an ellipsis where something is missing."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    kept = cut.rsplit(" ", 1)[0] if " " in cut else cut
    return kept.rstrip(" ,;:–—-(\"'“‘") + "…"


def listed(names: Sequence[str], *, last: str = "and") -> str:
    """Names as a list in a sentence: `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def capitalised(sentence: str) -> str:
    """The sentence with its first letter in upper case."""
    return sentence[:1].upper() + sentence[1:]


def after_title(title: str, rest: str) -> str:
    """A title and what is said about it: a question is followed by a new sentence, anything else by a colon."""
    return f"{title} {capitalised(rest)}" if title.endswith(("?", "!", ".", "…")) else f"{title}: {rest}"
