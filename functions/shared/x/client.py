"""X's API v2 through tweepy; the only import of it."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tweepy  # type: ignore[import-untyped]

from functions.shared.circuits.breaker import Guard
from functions.shared.x.session import BoundedSession

# Its debug lines show the access token.
logging.getLogger("tweepy").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class XClient:
    """Requests with one account's access token. Neither waits for rate limits nor repeats anything."""

    _tweepy: Any

    def get(self, path: str, parameters: Mapping[str, Any]) -> bytes:
        """The body of a successful answer. Raises Refused, NoAnswer or CircuitOpen."""
        body: bytes = self._tweepy.request("GET", path, params=parameters).content
        return body

    def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """The body of a successful answer. Raises Refused, NoAnswer or CircuitOpen."""
        answer: bytes = self._tweepy.request("POST", path, json=body).content
        return answer


@contextmanager
def x_client(access_token: str, *, base_url: str, seconds: float, circuit: Guard) -> Iterator[XClient]:
    """A client all of whose requests together get `seconds`."""
    client = tweepy.Client(bearer_token=access_token)
    client.session.close()
    with BoundedSession(base_url, seconds=seconds, circuit=circuit) as client.session:
        yield XClient(client)
