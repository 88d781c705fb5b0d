"""The port to what platforms count of posts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from functions.shared.content import Account
from functions.shared.measured.model import Metrics


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform told, by its own ids of the posts, and which of them it does not have any more.

    A post that is in neither was not spoken of: nothing is known about it.
    """

    told: Mapping[str, Metrics] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


class MetricsReader(Protocol):
    """One platform. `most_posts` is how many posts one call may ask for."""

    @property
    def most_posts(self) -> int: ...

    def read(self, account: Account, platform_ids: Sequence[str]) -> Answer:
        """The present counts of the account's posts, with one call that is not repeated.

        Raises PermanentError, TransientError, or RateLimited with the platform's own reset.
        """
