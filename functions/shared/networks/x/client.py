"""X's API v2 through tweepy, the only import of it: to the configured host, within a deadline, never twice."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
import tweepy  # type: ignore[import-untyped]
import urllib3

from functions.shared.kernel.circuits.breaker import Guard, Sign
from functions.shared.kernel.errors import PermanentError
from functions.shared.networks.x.errors import NoAnswer, Refused

_TWEEPY_HOST = "https://api.twitter.com"
_CONNECT_SECONDS = 5.0
_SILENCE_SECONDS = 20.0
_CHUNK_BYTES = 8192
_LARGEST_ANSWER_BYTES = 4_000_000

_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)


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


class BoundedSession(requests.Session):
    """Takes the place of tweepy's session, which has no timeout and a fixed host.

    All requests of one session together get `seconds`. An answer that is no success is raised as Refused, one that
    does not come whole as NoAnswer: tweepy's own errors fail on bodies they do not expect.
    """

    def __init__(self, base_url: str, *, seconds: float, circuit: Guard) -> None:
        super().__init__()
        self.trust_env = False  # a netrc file or proxy of the machine must not get hold of the token
        self._base_url = base_url.rstrip("/")
        self._ends_at = time.monotonic() + seconds
        self._circuit = circuit

    def request(self, method: str, url: str, **arguments: Any) -> requests.Response:  # type: ignore[override]
        """Send once, or not at all while the circuit is open.

        Raises Refused, NoAnswer, CircuitOpen, or PermanentError when the base URL cannot be used.
        """
        address = self._base_url + url.removeprefix(_TWEEPY_HOST)
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise NoAnswer("the time for it was used up", sent=False)
        with self._circuit.guard(_sign):
            return self._sent(method, address, left, **arguments)

    def _sent(self, method: str, address: str, left: float, **arguments: Any) -> requests.Response:
        timeout = (min(_CONNECT_SECONDS, left), min(_SILENCE_SECONDS, left))
        try:
            response = super().request(
                method, address, timeout=timeout, allow_redirects=False, stream=True, **arguments
            )
            body = self._read(response)
        except _UNUSABLE as error:
            raise PermanentError(f"X_API_BASE_URL cannot be used: {type(error).__name__}") from error
        except (OSError, urllib3.exceptions.HTTPError) as error:
            raise NoAnswer(_cause(error), sent=not _never_left(error)) from error
        if not 200 <= response.status_code < 300:
            raise Refused(response.status_code, response.headers, body)
        response._content = body  # what tweepy logs and returns; already read
        return response

    def _read(self, response: requests.Response) -> bytes:
        """The body, which a server may send drop by drop: the silence between drops alone has no end."""
        body = bytearray()
        try:
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if time.monotonic() > self._ends_at:
                    raise requests.ReadTimeout("the answer took too long")
                if len(body) > _LARGEST_ANSWER_BYTES:
                    raise requests.ConnectionError("the answer is too large")
        finally:
            response.close()
        return bytes(body)


def _sign(error: Exception) -> Sign:
    """Only what X does wrong counts against it."""
    if isinstance(error, Refused):
        return Sign.FAULT if error.status >= 500 else Sign.ANSWER
    return Sign.FAULT if isinstance(error, NoAnswer) else Sign.NOTHING


def _never_left(error: Exception) -> bool:
    """Whether no byte of the request can have arrived: there was no connection to send it over."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _cause(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if _never_left(error):
        return "no connection"
    return "the connection broke" if isinstance(error, requests.ConnectionError) else type(error).__name__
