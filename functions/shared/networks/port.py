"""The port to social networks: publish and find, counts, and sign-in. What a network allows in a post is in rules.py.

A network implements as much of it as it has, in files of the same names in each folder: `publish.py`, `find.py`,
`counts.py`, `sign_in.py`; the registry says which networks a deployment knows. Decision 0019.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Post
from functions.shared.domain.measured.model import Metrics
from functions.shared.domain.network import Network
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.errors import PermanentError


class TokenRefused(PermanentError):
    """The network does not accept this access token: it has expired, or was revoked. Nothing was done."""


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


@dataclass(frozen=True, slots=True)
class Counted:
    """What a platform told, by its own ids of the posts, and which of them it does not have any more.

    A post that is in neither was not spoken of: nothing is known about it.
    """

    told: Mapping[str, Metrics] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


class CountsReader(Protocol):
    """One platform. `most_posts` is how many posts one call may ask for."""

    @property
    def most_posts(self) -> int: ...

    def read(self, account: Account, platform_ids: Sequence[str]) -> Counted:
        """The present counts of the account's posts, with one call that is not repeated.

        Raises PermanentError, TransientError, or RateLimited with the platform's own reset.
        """


class GrantRefused(PermanentError):
    """The network refuses the code or the refresh token for good: it was used, has expired or was revoked."""


class AppUnusable(PermanentError):
    """The deployment has no app at the network that it accepts. No account is to blame: the operator must mend it."""


@dataclass(frozen=True, slots=True)
class App:
    """The app's credentials; a public client has no secret."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an exchange gave. `expires_at` is when the access token ends, where the network told."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def as_secret(self) -> dict[str, str]:
        """The values of an account's secret."""
        values = {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "expires_at": rfc3339(self.expires_at) if self.expires_at else None,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class NetworkUser:
    """Whose account a token is for. `handle` is without the `@`."""

    user_id: str
    handle: str


class OAuth(Protocol):
    """Exchanges, each asked for once.

    Raises GrantRefused and AppUnusable, PermanentError for any other refusal, RateLimited, and TransientError when
    there was no answer that can be read: what was exchanged may be spent then.
    """

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        """The tokens for a code, which works once."""

    def renew(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token, which works once."""

    def owner(self, access_token: str) -> NetworkUser:
        """Whose token this is."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How accounts on a network are connected by their user's authorisation: where the user agrees, and to what.

    `app` and `oauth` are asked for when they are needed: a secret to be read, and a library slow to load.
    """

    publisher: str
    network: Network
    title: str
    authorize_url: str
    scopes: tuple[str, ...]
    app: Callable[[], App]
    oauth: Callable[[], OAuth]
