"""Looks for a post on the account's own timeline, which X gives back with changed texts."""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import OutcomeUnknown
from functions.shared.networks.port import Published
from functions.shared.networks.x.client import XClient
from functions.shared.networks.x.errors import NoAnswer, Refused, decoded, read_error

_CLOCK_DIFFERENCE = timedelta(minutes=20)
_PAGE_SIZE = 100
_MOST_PAGES = 5
_SHORTENED = "t.co/"


def look_up(client: XClient, text: str, since: datetime, *, clock: Clock) -> Published | None:
    """The account's post of this text since then; None when all posts since were seen and it is not among them.

    Raises OutcomeUnknown when they cannot all be seen, TransientError, RateLimited and TokenRefused.
    """
    me = _read(client, "/2/users/me", {}, clock).get("data")
    if not isinstance(me, dict) or not str(me.get("id", "")).isdigit():
        raise OutcomeUnknown("X did not tell which account this is, so its posts cannot be read")
    for tweet in _timeline(client, str(me["id"]), since - _CLOCK_DIFFERENCE, clock):
        if same_text(tweet, text):
            return published(tweet)
    return None


def published(tweet: Any) -> Published:
    """A post as X names it. OutcomeUnknown when it names none."""
    platform_id = tweet.get("id") if isinstance(tweet, dict) else None
    if not isinstance(platform_id, str) or not platform_id:
        raise OutcomeUnknown("X may or may not have made the post: its answer names none")
    return Published(platform_id=platform_id, url=f"https://x.com/i/status/{platform_id}")


def same_text(tweet: Mapping[str, Any], text: str) -> bool:
    """Whether this is the text, links wrapped by X and characters escaped by it allowed for."""
    shown, sent = _words(_unwrapped(tweet)), _words(text)
    return len(shown) == len(sent) and all(_same_word(*pair) for pair in zip(shown, sent, strict=True))


def _timeline(client: XClient, user_id: str, since: datetime, clock: Clock) -> Iterator[Mapping[str, Any]]:
    """All posts since then; OutcomeUnknown when they are not all there to be seen."""
    parameters: dict[str, Any] = {
        "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "max_results": _PAGE_SIZE,
        "tweet.fields": "created_at,entities",
    }
    for _ in range(_MOST_PAGES):
        page = _read(client, f"/2/users/{user_id}/tweets", parameters, clock)
        meta, tweets = page.get("meta"), page.get("data", [])
        if not isinstance(meta, dict) or not isinstance(tweets, list) or len(tweets) != meta.get("result_count"):
            raise OutcomeUnknown("X gave the account's posts incompletely")
        yield from (tweet for tweet in tweets if isinstance(tweet, dict))
        if "next_token" not in meta:
            return
        parameters["pagination_token"] = meta["next_token"]
    raise OutcomeUnknown(f"the account made more than {_PAGE_SIZE * _MOST_PAGES} posts since: too many to look through")


def _read(client: XClient, path: str, parameters: Mapping[str, Any], clock: Clock) -> Mapping[str, Any]:
    try:
        answer = client.get(path, parameters)
    except (Refused, NoAnswer) as fault:
        raise read_error(fault, now=clock()) from fault
    page = decoded(answer)
    if page is None:
        raise OutcomeUnknown("X answered a look-up with something that is not JSON")
    return page


def _unwrapped(tweet: Mapping[str, Any]) -> str:
    text = html.unescape(str(tweet.get("text", "")))
    entities = tweet.get("entities")
    for link in (entities.get("urls") or []) if isinstance(entities, dict) else []:
        text = text.replace(str(link.get("url")), str(link.get("expanded_url") or link.get("url")))
    return text


def _words(text: str) -> list[str]:
    words = unicodedata.normalize("NFC", text).casefold().split()
    return [re.sub(r"^https?://|/$", "", word) for word in words]


def _same_word(shown: str, sent: str) -> bool:
    # A link that X did not tell the target of could be any link.
    return shown == sent or (shown.startswith(_SHORTENED) and "." in sent)
