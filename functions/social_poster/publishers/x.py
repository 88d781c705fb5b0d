"""Posts on X through API v2; the only import of tweepy.

There is no idempotency key. A post whose outcome is unknown is looked for on the account's own timeline.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import tweepy  # type: ignore[import-untyped]

from functions.shared.circuits.breaker import Guard, Unguarded
from functions.shared.clock import Clock
from functions.shared.content import Account, Post
from functions.shared.errors import OutcomeUnknown
from functions.shared.store.secrets import SecretStore
from functions.social_poster.publishers.publisher import NeedsAuthorisation, Published
from functions.social_poster.publishers.x_answers import (
    DuplicateText,
    NoAnswer,
    Refused,
    create_error,
    decoded,
    read_error,
)
from functions.social_poster.publishers.x_post import CREATE_PATH, create_body
from functions.social_poster.publishers.x_session import BoundedSession
from functions.social_poster.publishers.x_timeline import same_text

# Its debug lines show the access token.
logging.getLogger("tweepy").setLevel(logging.INFO)

_CLOCK_DIFFERENCE = timedelta(minutes=20)
_PAGE_SIZE = 100
_MOST_PAGES = 5


@dataclass(frozen=True, slots=True)
class XPublisher:
    """Implements Publisher.

    The account's secret holds `access_token`, an OAuth 2 user token with tweet.read, tweet.write and users.read; it is
    read for each call, so that a rotated one is used at once. A call takes at most `seconds` in all.
    """

    base_url: str
    secrets: SecretStore
    clock: Clock
    settle: timedelta
    seconds: float = 30.0
    circuit: Guard = field(default_factory=Unguarded)

    def publish(self, post: Post, account: Account) -> Published:
        """See Publisher. A text that X knows already is looked for, in case an earlier attempt of this post made it."""
        with self._client(account) as client:
            try:
                answer = client.request("POST", CREATE_PATH, json=create_body(post.text))
            except (Refused, NoAnswer) as fault:
                error = create_error(fault, now=self.clock())
                earlier = self._look_up(client, post, post.created_at) if isinstance(error, DuplicateText) else None
                if earlier is None:
                    raise error from fault
                return earlier
        return _published((decoded(answer.content) or {}).get("data"))

    def find(self, post: Post, account: Account) -> Published | None:
        """See Publisher. Reads what the account posted since the claim."""
        with self._client(account) as client:
            return self._look_up(client, post, post.claimed_at or post.created_at)

    @contextmanager
    def _client(self, account: Account) -> Iterator[Any]:
        token = self.secrets.get(account.secret_id).get("access_token") if account.secret_id else None
        if not token or not token.isprintable() or " " in token:
            raise NeedsAuthorisation(f"the account {account.name} has no X access token: connect it, then retry")
        client = tweepy.Client(bearer_token=token)
        client.session.close()
        with BoundedSession(self.base_url, seconds=self.seconds, circuit=self.circuit) as client.session:
            yield client

    def _look_up(self, client: Any, post: Post, since: datetime) -> Published | None:
        me = self._read(client, "/2/users/me", {}).get("data")
        if not isinstance(me, dict) or not str(me.get("id", "")).isdigit():
            raise OutcomeUnknown("X did not tell which account this is, so its posts cannot be read")
        for tweet in self._timeline(client, str(me["id"]), since - _CLOCK_DIFFERENCE):
            if same_text(tweet, post.text):
                return _published(tweet)
        return None

    def _timeline(self, client: Any, user_id: str, since: datetime) -> Iterator[Mapping[str, Any]]:
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

    def _read(self, client: Any, path: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = client.request("GET", path, params=parameters)
        except (Refused, NoAnswer) as fault:
            raise read_error(fault, now=self.clock()) from fault
        page = decoded(answer.content)
        if page is None:
            raise OutcomeUnknown("X answered a look-up with something that is not JSON")
        return page


def _published(tweet: Any) -> Published:
    platform_id = tweet.get("id") if isinstance(tweet, dict) else None
    if not isinstance(platform_id, str) or not platform_id:
        raise OutcomeUnknown("X may or may not have made the post: its answer names none")
    return Published(platform_id=platform_id, url=f"https://x.com/i/status/{platform_id}")
