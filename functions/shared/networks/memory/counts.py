"""A platform's counts in memory, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.measured.model import Metrics
from functions.shared.networks.port import Counted


@dataclass
class MemoryCountsReader:
    """Implements CountsReader. `faults` are raised in turn, each None is a call that works; `asked` has every call."""

    counts: dict[str, Metrics] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    faults: list[Exception | None] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    most_posts: int = 100

    def read(self, account: Account, platform_ids: Sequence[str]) -> Counted:
        self.asked.append(list(platform_ids))
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        return Counted(
            told={each: self.counts[each] for each in platform_ids if each in self.counts},
            gone=frozenset(self.gone.intersection(platform_ids)),
        )
