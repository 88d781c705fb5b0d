"""Facts, as label -> printed figure, read back as sentences for a post."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.shared.domain.facts import (
    CLOSES,
    DATA,
    DAY_CHANGE,
    LIQUIDITY,
    MONTH_CHANGE,
    MOST_LIKELY,
    PROBABILITY_OF,
    TRADED,
    TRADED_DAY,
    WEEK_CHANGE,
)
from functions.shared.writing.offline.voice import Voice, listed

_MOST_OUTCOMES = 3
_CHANGES = {DAY_CHANGE: "over the last day", WEEK_CHANGE: "over the last week", MONTH_CHANGE: "over the last month"}
_AMOUNTS = {TRADED: "traded in all", TRADED_DAY: "traded in the last day", LIQUIDITY: "resting in the order book"}


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """Facts about an event that a post has room for, each as words.

    `ranked` says that one of the outcomes is the favourite, `sample` that none of it is live.
    """

    outcomes: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    amounts: tuple[str, ...]
    closes: str
    ranked: bool
    sample: bool

    def board(self, separator: str) -> str:
        """The top outcomes in short: `Spain 24.5% · France 12%`."""
        return separator.join(f"{name} {figure}" for name, figure in self.outcomes[:_MOST_OUTCOMES])

    def prices(self, voice: Voice) -> str:
        """The top outcomes as a sentence; empty without any."""
        if not self.outcomes:
            return ""
        parts = [f"{name} at {figure}" for name, figure in self.outcomes[:_MOST_OUTCOMES]]
        return f"{voice.pick('Traders put', 'The market has', 'Prices put')} {listed(parts)}."

    def change(self, voice: Voice) -> str:
        """The leading outcome's change over some period; empty when none is known."""
        return f"{voice.pick(*self.changes)}." if self.changes else ""

    def money(self) -> str:
        """What was traded; empty when nothing is known."""
        return f"{listed(self.amounts)}." if self.amounts else ""

    def end(self, voice: Voice) -> str:
        """When it closes; empty when that is not known."""
        return (
            f"{voice.pick('It closes on', 'The market closes on', 'Trading ends on')} {self.closes}."
            if self.closes
            else ""
        )


def told(facts: Mapping[str, str]) -> ToldFacts:
    """The facts of `facts_of`, sorted by what they are; others are left alone."""
    return ToldFacts(
        outcomes=tuple(
            (label.removeprefix(PROBABILITY_OF), figure)
            for label, figure in facts.items()
            if label.startswith(PROBABILITY_OF)
        ),
        changes=tuple(f"{facts[label]} {when}" for label, when in _CHANGES.items() if label in facts),
        amounts=tuple(f"{facts[label]} {what}" for label, what in _AMOUNTS.items() if label in facts),
        closes=facts.get(CLOSES, ""),
        ranked=MOST_LIKELY in facts,
        sample=DATA in facts,
    )
