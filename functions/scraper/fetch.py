"""Fetching what a user named from the outside: guarded, in good manners, within limits of time and size.

Each address, also of each redirect, is checked as it is written and again in the connection. Requests carry no
cookies, no referrer and no credentials, and name this program and whom to turn to. Decision 0004.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpcore2
import httpx2
from ssrfguard import Resolver, SSRFGuardError

from functions.scraper import answer, freshness
from functions.scraper.transport import TooMuchSent, answered
from functions.shared.kernel.clock import Clock, utc_now
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.guarded import GuardedBackend, default_tls
from functions.shared.kernel.outbound import require_address, sources_bounds

PRODUCT = "Flywheel"
"""The name by which websites know these requests, also in their robots.txt."""

MAX_REDIRECTS = 5
MAX_BODY_BYTES = 15 * 2**20
"""Of a body, both as it comes over the wire and unpacked."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `url` is where it came from after redirects; `body` is empty when `not_modified`.

    `media_type` is in lower case and without parameters, empty when none was given. `charset` is a text encoding that
    Python knows, or None. `etag` and `last_modified` are to be sent with the next request. `not_before` is when that
    is worth making, by the answer's own word, at most 24 hours ahead.
    """

    url: str
    body: bytes
    media_type: str
    charset: str | None
    etag: str | None
    last_modified: str | None
    not_modified: bool
    not_before: datetime | None


class Fetch(Protocol):
    """Fetches one URL, following redirects.

    `accept` lists media types, also as `text/*` and `*/*`. With `etag` or `last_modified` the answer may be
    `not_modified`. `require_allowed` is asked before each redirect is followed, and raises when it may not be.
    Raises PermanentError (refused address, 4xx as AnswerRefused, too large, of another type),
    TransientError (no answer in time, 5xx) and RateLimited (429 or 503 that says when to come back).
    """

    def __call__(
        self,
        url: str,
        *,
        accept: Sequence[str],
        etag: str | None = None,
        last_modified: str | None = None,
        require_allowed: Callable[[str], None] | None = None,
    ) -> Fetched: ...


@dataclass(frozen=True, slots=True)
class GuardedFetch:
    """Implements Fetch. `seconds` is for everything together: look-ups, redirects and the whole body.

    `loopback_hosts` may be on this machine, on any port. `contact` is a page or an address for who wonders.
    """

    loopback_hosts: frozenset[str] = frozenset()
    contact: str | None = None
    clock: Clock = utc_now
    seconds: float = 30.0
    most_bytes: int = MAX_BODY_BYTES
    resolver: Resolver | None = None
    dialler: httpcore2.NetworkBackend | None = None
    tls: Callable[[], ssl.SSLContext] = default_tls

    def __call__(
        self,
        url: str,
        *,
        accept: Sequence[str],
        etag: str | None = None,
        last_modified: str | None = None,
        require_allowed: Callable[[str], None] | None = None,
    ) -> Fetched:
        ends = time.monotonic() + self.seconds
        backend = GuardedBackend(sources_bounds(self.loopback_hosts).policy_for, ends, self.resolver, self.dialler)
        headers = self._headers(accept, etag, last_modified)
        here = self._checked(url)
        with self._errors_named():
            for _ in range(MAX_REDIRECTS + 1):
                request = httpx2.Request("GET", here, headers=headers)
                with answered(request, backend, self.tls, self.most_bytes) as response:
                    if not response.has_redirect_location:
                        return self._fetched(response, accept)
                    here = self._next(here, response.headers["location"])
                    if require_allowed is not None:
                        require_allowed(str(here))
        raise PermanentError(f"it redirects more than {MAX_REDIRECTS} times")

    def _headers(self, accept: Sequence[str], etag: str | None, last_modified: str | None) -> dict[str, str]:
        contact = f" (+{self.contact})" if self.contact else ""
        headers = {
            "User-Agent": f"{PRODUCT}/0.1{contact}",
            "Accept": ", ".join(accept),
            "Accept-Encoding": ", ".join(answer.CODINGS),
        }
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        return headers

    def _checked(self, url: str) -> httpx2.URL:
        bounds = sources_bounds(self.loopback_hosts)
        try:
            require_address(url, bounds)
            parsed = httpx2.URL(url)
            require_address(str(parsed), bounds)
        except (httpx2.InvalidURL, UnicodeError):
            raise PermanentError("the address is not a valid web address") from None
        except PermanentError as refused:
            raise PermanentError(f"the address {refused.reason}") from None
        return parsed.copy_with(fragment=None)

    def _next(self, here: httpx2.URL, location: str) -> httpx2.URL:
        try:
            there = self._checked(str(here.join(location)))
        except (PermanentError, httpx2.InvalidURL, UnicodeError) as refused:
            raise PermanentError(f"it redirects to where nothing may be fetched: {refused}") from None
        if there.host in self.loopback_hosts and here.host not in self.loopback_hosts:
            raise PermanentError("it redirects from the web to this machine")
        return there

    def _fetched(self, response: httpx2.Response, accept: Sequence[str]) -> Fetched:
        now = self.clock()
        answer.require_usable(response, accept, self.most_bytes, now)
        media_type, charset = answer.content_type(response.headers)
        sent = response.request.headers
        not_modified = response.status_code == answer.NOT_MODIFIED
        return Fetched(
            url=str(response.url),
            body=b"" if not_modified else answer.body_of(response, self.most_bytes),
            media_type=media_type,
            charset=charset,
            etag=answer.validator(response.headers, "etag") or (sent.get("if-none-match") if not_modified else None),
            last_modified=answer.validator(response.headers, "last-modified")
            or (sent.get("if-modified-since") if not_modified else None),
            not_modified=not_modified,
            not_before=freshness.not_before(response.headers, now),
        )

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        """What went wrong below, in words for the user and the queue."""
        try:
            yield
        except SSRFGuardError:
            raise PermanentError("its name leads into a private network or to this machine") from None
        except TooMuchSent:
            raise answer.too_large(self.most_bytes) from None
        except httpx2.DecodingError:
            raise PermanentError("its compressed body is damaged") from None
        except httpcore2.TimeoutException:
            raise TransientError(f"it did not answer within {self.seconds:g} seconds") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise TransientError(_said(error)) from None


def _said(error: Exception) -> str:
    cause = next((each for each in error.args if isinstance(each, Exception)), error)
    if isinstance(cause, socket.gaierror):
        return "it cannot be reached: its host name was not found; check the address"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate was not accepted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return "no secure connection could be made to it"
    if isinstance(error, httpcore2.ConnectError):
        return "it cannot be reached: nobody answers there"
    return "it broke off, or did not speak HTTP"
