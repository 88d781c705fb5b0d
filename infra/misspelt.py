"""Finds settings that nothing reads: a misspelt one would leave its default in force without a word."""

from collections.abc import Iterable
from difflib import get_close_matches

from infra.fleet import FLEET
from infra.settings import OF_THE_STACK, PREFIX

KNOWN = frozenset({name for plan in FLEET for name in plan.settings}.union(OF_THE_STACK))
"""What reaches the stack, without the prefix."""
_OF_THE_SHELL = ("PORT", "DEMO_PAGE", "DEMO_FEED", "OUTPUTS", "OPENAI_API_KEY", "X_CLIENT_ID", "X_CLIENT_SECRET")


def misspelt(names: Iterable[str]) -> list[str]:
    """A sentence for each of `names` that begins with FLYWHEEL_ and is no setting."""
    known = sorted({*KNOWN, *_OF_THE_SHELL})
    unknown = sorted({name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}.difference(known))
    return [f"{PREFIX}{name} is no setting and does nothing{_guess(name, known)}" for name in unknown]


def _guess(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.75)
    return f"; did you mean {PREFIX}{close[0]}?" if close else "; the README lists those there are."
