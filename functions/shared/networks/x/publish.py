"""Posts on X through API v2.

There is no idempotency key. A post whose outcome is unknown is looked for on the account's own timeline.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Post
from functions.shared.kernel.circuits.breaker import Guard, Unguarded
from functions.shared.kernel.clock import Clock
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.port import Published
from functions.shared.networks.x.client import XClient, x_client
from functions.shared.networks.x.errors import DuplicateText, NoAnswer, Refused, create_error, decoded
from functions.shared.networks.x.find import look_up, published
from functions.shared.networks.x.rules import CREATE_PATH, create_body

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class XPublisher:
    """Implements Publisher, with OAuth 2 user tokens of the scopes tweet.read, tweet.write and users.read.

    Calls with one token take at most `seconds` in all. A refused token means that nothing was posted: where it was
    renewed meanwhile the call is made with the new one, else the post waits for that.
    """

    base_url: str
    authorisation: Authorisation
    clock: Clock
    settle: timedelta
    seconds: float = 30.0
    circuit: Guard = field(default_factory=Unguarded)

    def publish(self, post: Post, account: Account) -> Published:
        """See Publisher. A text that X knows already is looked for, in case an earlier attempt of this post made it."""
        return self._called(account, partial(self._publish, post))

    def find(self, post: Post, account: Account) -> Published | None:
        """See Publisher. Reads what the account posted since the claim."""
        since = post.claimed_at or post.created_at
        return self._called(account, lambda client: look_up(client, post.text, since, clock=self.clock))

    def _called(self, account: Account, call: Callable[[XClient], Answer]) -> Answer:
        def with_token(token: str) -> Answer:
            with x_client(token, base_url=self.base_url, seconds=self.seconds, circuit=self.circuit) as client:
                return call(client)

        return self.authorisation.with_token(account, with_token)

    def _publish(self, post: Post, client: XClient) -> Published:
        try:
            answer = client.post(CREATE_PATH, create_body(post.text))
        except (Refused, NoAnswer) as fault:
            error = create_error(fault, now=self.clock())
            is_known = isinstance(error, DuplicateText)
            earlier = look_up(client, post.text, post.created_at, clock=self.clock) if is_known else None
            if earlier is None:
                raise error from fault
            return earlier
        return published((decoded(answer) or {}).get("data"))
