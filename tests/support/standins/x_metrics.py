"""`GET /2/tweets` of the stand-in for X: the public metrics of posts, as tests set them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COUNTS = ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")
_QUERY_FIELDS = {"ids", "tweet.fields", "expansions", "user.fields"}
_MOST_IDS = 100


@dataclass
class XMetrics:
    """What X counts. `by_id` holds a post's counts under X's old names; what is not set is 0.

    With `new_names` reposts are `repost_count`, without they are `retweet_count`.
    `hidden` names counts X gives for no post.
    """

    by_id: dict[str, Mapping[str, int]] = field(default_factory=dict)
    new_names: bool = False
    hidden: set[str] = field(default_factory=set)

    def of(self, tweet_id: str) -> dict[str, int]:
        counts = {name: self.by_id.get(tweet_id, {}).get(name, 0) for name in COUNTS}
        if self.new_names:
            counts["repost_count"] = counts.pop("retweet_count")
        return {name: count for name, count in counts.items() if name not in self.hidden}

    def look_up(self, query: Mapping[str, str], tweets: Sequence[Mapping[str, Any]]) -> tuple[int, dict[str, Any]]:
        """The posts of these ids, as X answers: those that do not exist are in `errors`."""
        if unknown := sorted(set(query) - _QUERY_FIELDS):
            return _refusal(f"[{unknown[0]}] is not a known query parameter")
        ids = [tweet_id for tweet_id in query.get("ids", "").split(",") if tweet_id]
        if not 1 <= len(ids) <= _MOST_IDS or not all(tweet_id.isdigit() for tweet_id in ids):
            return _refusal(
                f"The number of values in the `ids` query parameter list [{len(ids)}] is not between 1 and 100"
            )
        known = {tweet["id"]: tweet for tweet in tweets}
        wants_metrics = "public_metrics" in query.get("tweet.fields", "").split(",")
        found = [
            {**known[tweet_id], **({"public_metrics": self.of(tweet_id)} if wants_metrics else {})}
            for tweet_id in ids
            if tweet_id in known
        ]
        errors = [_missing(tweet_id) for tweet_id in ids if tweet_id not in known]
        return 200, {**({"data": found} if found else {}), **({"errors": errors} if errors else {})}


def _missing(tweet_id: str) -> dict[str, Any]:
    return {
        "value": tweet_id,
        "detail": f"Could not find tweet with ids: [{tweet_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": tweet_id,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def _refusal(detail: str) -> tuple[int, dict[str, Any]]:
    return 400, {"title": "Invalid Request", "detail": detail, "type": "about:blank", "status": 400}
