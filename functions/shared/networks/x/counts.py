"""Reads the public metrics of posts on X: https://docs.x.com/x-api/posts/get-posts-by-ids.

The names of the counts are changing: a repost was a retweet. Both are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.measured.model import Metrics
from functions.shared.kernel.circuits.breaker import Guard, Unguarded
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.port import Counted
from functions.shared.networks.x.client import x_client
from functions.shared.networks.x.errors import NoAnswer, Refused, decoded, explained, refusal

_NOT_FOUND = "/resource-not-found"


@dataclass(frozen=True, slots=True)
class XCountsReader:
    """Implements CountsReader, with OAuth 2 user tokens of the scopes tweet.read and users.read.

    A call takes at most `seconds`. X asks $0.005 for each post read.
    """

    base_url: str
    authorisation: Authorisation
    clock: Clock
    seconds: float = 30.0
    circuit: Guard = field(default_factory=Unguarded)
    most_posts: int = 100

    def read(self, account: Account, platform_ids: Sequence[str]) -> Counted:
        """See CountsReader. One id that X cannot have would make it refuse all, and is left out."""
        asked = [platform_id for platform_id in platform_ids if platform_id.isascii() and platform_id.isdigit()]
        if not asked:
            return Counted()
        return self.authorisation.with_token(account, lambda token: self._read(asked, token))

    def _read(self, asked: Sequence[str], token: str) -> Counted:
        parameters = {"ids": ",".join(asked), "tweet.fields": "public_metrics"}
        with x_client(token, base_url=self.base_url, seconds=self.seconds, circuit=self.circuit) as client:
            try:
                page = decoded(client.get("/2/tweets", parameters))
            except (Refused, NoAnswer) as fault:
                raise self._error(fault) from fault
        if page is None:
            raise TransientError("X answered a request for metrics with something that is not JSON")
        return Counted(told=dict(_told(_entries(page, "data"))), gone=frozenset(_gone(_entries(page, "errors"))))

    def _error(self, fault: Refused | NoAnswer) -> FlywheelError:
        if isinstance(fault, NoAnswer):
            return TransientError(f"X could not be asked for metrics: {fault.cause}")
        if fault.status >= 500 or fault.status == 408:
            return TransientError(f"X could not be asked for metrics: it answered {explained(fault)}")
        return refusal(fault, what="to tell the metrics of posts", now=self.clock())


def _entries(page: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    entries = page.get(name)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _told(posts: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Metrics]]:
    for post in posts:
        counts = post.get("public_metrics")
        if isinstance(counts, dict):
            yield str(post.get("id")), _metrics(counts)


def _metrics(counts: Mapping[str, Any]) -> Metrics:
    reposts = _count(counts, "repost_count")
    return Metrics(
        likes=_count(counts, "like_count"),
        comments=_count(counts, "reply_count"),
        shares=_sum(_count(counts, "retweet_count") if reposts is None else reposts, _count(counts, "quote_count")),
        impressions=_count(counts, "impression_count"),
    )


def _count(counts: Mapping[str, Any], name: str) -> int | None:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _sum(*counts: int | None) -> int | None:
    """Of those that are told; None when none is."""
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def _gone(errors: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for error in errors:
        if str(error.get("type", "")).endswith(_NOT_FOUND):
            yield str(error.get("resource_id") or error.get("value"))
