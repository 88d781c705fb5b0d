"""What an event's data says, in words: who leads, how clearly, what moved, how far it can be trusted."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from functions.shared.domain.figures import SMALLEST_CHANGE, percent
from functions.shared.domain.market import MarketEvent, Outcome
from functions.shared.writing.offline.voice import shortened

_LONGEST_NAME = 70
_LONGEST_TITLE = 120
_NOTABLE = Decimal("0.005")
_CAPITALISED = r"[^\W\d_a-zß-öø-ÿ][\w.'’&/-]*"
_PROPER_NAME = re.compile(rf"{_CAPITALISED}(?:,? (?:{_CAPITALISED}|and|of|the|de|da|di|la|le|van|von|der|bin|al))*")
_YES_NO = frozenset({"yes", "no"})


@dataclass(frozen=True)
class Reading:
    """An event seen by a writer. Texts are plain, not HTML."""

    event: MarketEvent

    @cached_property
    def priced(self) -> tuple[Outcome, ...]:
        """The outcomes with a price, most probable first."""
        return tuple(outcome for outcome in self.event.outcomes if outcome.probability is not None)

    @property
    def leader(self) -> Outcome | None:
        """The most probable outcome."""
        return self.priced[0] if self.priced else None

    @property
    def runner_up(self) -> Outcome | None:
        """The next most probable outcome."""
        return self.priced[1] if len(self.priced) > 1 else None

    @property
    def yes_no(self) -> bool:
        """Whether the question is answered by yes or no."""
        return bool(self.event.outcomes) and all(o.name.casefold() in _YES_NO for o in self.event.outcomes)

    @property
    def leads(self) -> bool:
        """Whether the most probable outcome may be called that.

        It may not where others are missing or may come true with it, though it is the first of those listed.
        """
        return self.event.exclusive is True or self.event.outcome_count == 1

    @property
    def race(self) -> bool:
        """Whether several outcomes compete and only one of them can come true."""
        return self.event.exclusive is True and self.event.outcome_count > 1 and not self.yes_no

    @property
    def title(self) -> str:
        """The question, short enough for a sentence."""
        return shortened(self.event.title.strip(), _LONGEST_TITLE)

    @property
    def quoted(self) -> str:
        """The question in quotation marks."""
        return f"“{self.title}”"

    @property
    def gap(self) -> Decimal | None:
        """By how much the most probable outcome is ahead of the next."""
        if self.leader is None or self.runner_up is None:
            return None
        return probability(self.leader) - probability(self.runner_up)

    @property
    def ends(self) -> tuple[Outcome, Outcome] | None:
        """The listed outcomes with the lowest and the highest price; None unless there are two."""
        return (self.priced[-1], self.priced[0]) if len(self.priced) > 1 else None

    @property
    def moves(self) -> list[tuple[str, Decimal]]:
        """The leader's changes that can be printed, with their period, shortest first."""
        if self.leader is None:
            return []
        leader = self.leader
        periods = (("day", leader.change_day), ("week", leader.change_week), ("month", leader.change_month))
        return [(f"the last {name}", change) for name, change in periods if change is not None]

    @cached_property
    def movers(self) -> list[tuple[Outcome, str, Decimal]]:
        """Outcomes after the first that moved notably, the largest move first, each with its period.

        The last week's moves stand in the page's own table.
        """
        found = []
        for outcome in self.priced[1:]:
            periods = (("the last day", outcome.change_day), ("the last month", outcome.change_month))
            for period, change in periods:
                if change is not None and abs(change) >= _NOTABLE:
                    found.append((outcome, period, change))
                    break
        return sorted(found, key=lambda move: -abs(move[2]))

    @property
    def closed(self) -> bool:
        """Whether the closing date had passed when the prices were taken."""
        return self.event.end_date is not None and self.event.end_date <= self.event.captured_at

    @property
    def closes_soon(self) -> bool:
        """Whether it closes within a fortnight of when the prices were taken."""
        end = self.event.end_date
        return end is not None and not self.closed and end - self.event.captured_at <= timedelta(days=14)

    @property
    def spread(self) -> Decimal | None:
        """The gap between what is bid and asked for the leader."""
        leader = self.leader
        if leader is None or leader.best_bid is None or leader.best_ask is None or leader.best_ask < leader.best_bid:
            return None
        return leader.best_ask - leader.best_bid


def named(outcome: Outcome, limit: int = _LONGEST_NAME) -> str:
    """The outcome's name where it stands by itself, as in a table."""
    return shortened(outcome.name.strip(), limit)


def called(outcome: Outcome, limit: int = _LONGEST_NAME) -> str:
    """The outcome's name as part of a sentence: quoted unless it reads as a proper name (`19 to 20 million`, `Yes`)."""
    name = named(outcome, limit)
    return name if _PROPER_NAME.fullmatch(name) and name.casefold() not in _YES_NO else f"“{name}”"


def probability(outcome: Outcome) -> Decimal:
    """The probability of an outcome that has a price."""
    if outcome.probability is None:
        raise ValueError(f"{outcome.name} has no price")
    return outcome.probability


def chance(outcome: Outcome) -> str:
    """The probability, as printed."""
    return percent(probability(outcome))


def direction(change: Decimal) -> str:
    """`up`, `down` or `flat`, as a reader of the printed figure would say."""
    if abs(change) < SMALLEST_CHANGE:
        return "flat"
    return "up" if change > 0 else "down"
