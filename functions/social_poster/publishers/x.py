"""Posts on X through API v2.

There is no idempotency key. A post whose outcome is unknown is looked for on the account's own timeline.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.shared.circuits.breaker import Guard, Unguarded
from functions.shared.clock import Clock
from functions.shared.content import Account, Post
from functions.shared.errors import OutcomeUnknown
from functions.shared.x.answers import NoAnswer, Refused, decoded
from functions.shared.x.authorisation import Authorisation
from functions.shared.x.client import XClient, x_client
from functions.social_poster.publishers.publisher import Published
from functions.social_poster.publishers.x_errors import DuplicateText, create_error, read_error
from functions.social_poster.publishers.x_post import CREATE_PATH, create_body
from functions.social_poster.publishers.x_timeline import same_text

_CLOCK_DIFFERENCE = timedelta(minutes=20)
_PAGE_SIZE = 100
_MOST_PAGES = 5


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
        return self.authorisation.with_token(account, lambda token: self._publish(post, token))

    def find(self, post: Post, account: Account) -> Published | None:
        """See Publisher. Reads what the account posted since the claim."""
        return self.authorisation.with_token(account, lambda token: self._find(post, token))

    def _publish(self, post: Post, token: str) -> Published:
        with self._client(token) as client:
            try:
                answer = client.post(CREATE_PATH, create_body(post.text))
            except (Refused, NoAnswer) as fault:
                error = create_error(fault, now=self.clock())
                earlier = self._look_up(client, post, post.created_at) if isinstance(error, DuplicateText) else None
                if earlier is None:
                    raise error from fault
                return earlier
        return _published((decoded(answer) or {}).get("data"))

    def _find(self, post: Post, token: str) -> Published | None:
        with self._client(token) as client:
            return self._look_up(client, post, post.claimed_at or post.created_at)

    def _client(self, token: str) -> AbstractContextManager[XClient]:
        return x_client(token, base_url=self.base_url, seconds=self.seconds, circuit=self.circuit)

    def _look_up(self, client: XClient, post: Post, since: datetime) -> Published | None:
        me = self._read(client, "/2/users/me", {}).get("data")
        if not isinstance(me, dict) or not str(me.get("id", "")).isdigit():
            raise OutcomeUnknown("X did not tell which account this is, so its posts cannot be read")
        for tweet in self._timeline(client, str(me["id"]), since - _CLOCK_DIFFERENCE):
            if same_text(tweet, post.text):
                return _published(tweet)
        return None

    def _timeline(self, client: XClient, user_id: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        """All posts since then; OutcomeUnknown when they are not all there to be seen."""
        parameters: dict[str, Any] = {
            "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "max_results": _PAGE_SIZE,
            "tweet.fields": "created_at,entities",
        }
        for _ in range(_MOST_PAGES):
            page = self._read(client, f"/2/users/{user_id}/tweets", parameters)
            meta, tweets = page.get("meta"), page.get("data", [])
            if not isinstance(meta, dict) or not isinstance(tweets, list) or len(tweets) != meta.get("result_count"):
                raise OutcomeUnknown("X gave the account's posts incompletely")
            yield from (tweet for tweet in tweets if isinstance(tweet, dict))
            if "next_token" not in meta:
                return
            parameters["pagination_token"] = meta["next_token"]
        raise OutcomeUnknown(
            f"the account made more than {_PAGE_SIZE * _MOST_PAGES} posts since: too many to look through"
        )

    def _read(self, client: XClient, path: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = client.get(path, parameters)
        except (Refused, NoAnswer) as fault:
            raise read_error(fault, now=self.clock()) from fault
        page = decoded(answer)
        if page is None:
            raise OutcomeUnknown("X answered a look-up with something that is not JSON")
        return page


def _published(tweet: Any) -> Published:
    platform_id = tweet.get("id") if isinstance(tweet, dict) else None
    if not isinstance(platform_id, str) or not platform_id:
        raise OutcomeUnknown("X may or may not have made the post: its answer names none")
    return Published(platform_id=platform_id, url=f"https://x.com/i/status/{platform_id}")
