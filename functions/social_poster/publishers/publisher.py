"""The port to social platforms: make a post, and look up whether an earlier attempt made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from functions.shared.content import Account, Post


@dataclass(frozen=True, slots=True)
class Published:
    """A post that exists. `preview` is what would have been sent, for the publisher that sends nothing."""

    platform_id: str
    url: str | None = None
    preview: Mapping[str, Any] | None = None


class Publisher(Protocol):
    """One platform.

    `settle` is how long after its claim a post that `find` does not see can be taken for never made: longer than a
    worker lives, and than the platform takes to show a new post.
    """

    @property
    def settle(self) -> timedelta: ...

    def publish(self, post: Post, account: Account) -> Published:
        """Make the post, with one call that is never repeated.

        Raises OutcomeUnknown when the platform may have accepted it. Every other FlywheelError means that it surely
        did not: PermanentError, TransientError, RateLimited (also while the account has no token that is taken).
        """

    def find(self, post: Post, account: Account) -> Published | None:
        """Look for what the claim at `post.claimed_at` may have made.

        None means that all the account made since the claim was seen, and this was not among it. Raises
        OutcomeUnknown when that cannot be told, and TransientError or RateLimited.
        """
