"""Connections to addresses that users give: what was checked is what is dialled, and all within one deadline.

The check stands in the connection, so that it cannot be got around by a redirect, or by a name that leads elsewhere
when it is looked up a second time: a name is looked up once, all of its addresses are judged, and one is dialled.

The deadline covers the look-up, the connection, TLS, and every read and write. It cannot end a look-up: the system's
resolver takes no deadline. Who waits for it is let go in time; the thread that asks stays until the resolver gives up
(by default after 5 seconds for each try and name server), and then ends without a trace.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cache
from typing import TypeVar

import httpcore2
from ssrfguard import Address, Policy, Resolver, Target, resolve

from functions.shared.kernel.outbound import PolicyFor

Got = TypeVar("Got")

CONNECT_SECONDS = 10.0
"""For one address of a host that does not answer; then the next one has its turn."""


@cache
def default_tls() -> ssl.SSLContext:
    """The one TLS context, made when first needed: reading the certificates takes tens of milliseconds."""
    return httpcore2.default_ssl_context()


class GuardedBackend(httpcore2.NetworkBackend):
    """Resolves a name once, checks every address, and dials what it checked.

    `ends` is of `time.monotonic()`. Raises ssrfguard's SSRFGuardError for what may not be dialled, before a socket is
    opened; otherwise httpcore2's errors and `socket.gaierror`. `dialler` opens the connections that may be opened.
    """

    def __init__(
        self,
        policy_for: PolicyFor,
        ends: float,
        resolver: Resolver | None = None,
        dialler: httpcore2.NetworkBackend | None = None,
    ) -> None:
        self._policy_for = policy_for
        self._ends = ends
        self._resolver = resolver
        self._dialler = dialler or httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        policy = self._policy_for(host)
        named = f"[{host}]" if ":" in host else host
        target = policy.check_url(f"https://{named}:{port}")
        failure: Exception = httpcore2.ConnectError("no address")
        for address in self._addresses(target, policy)[: policy.max_connection_attempts]:
            try:
                patience = min(CONNECT_SECONDS, _left(self._ends))
                dialled = self._dialler.connect_tcp(str(address.ip), port, timeout=patience)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            return DeadlineStream(dialled, self._ends)
        raise failure

    def _addresses(self, target: Target, policy: Policy) -> tuple[Address, ...]:
        if target.is_literal_address:
            return resolve(target, policy=policy)
        return _within(_left(self._ends), lambda: resolve(target, policy=policy, resolver=self._resolver))


class DeadlineStream(httpcore2.NetworkStream):
    """A connection on which every step has only what is left of the whole request's time."""

    def __init__(self, stream: httpcore2.NetworkStream, ends: float) -> None:
        self._stream = stream
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _left(self._ends)), self._ends)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout
    return left


def _within(seconds: float, call: Callable[[], Got]) -> Got:
    """What `call` returns or raises, or ConnectTimeout when that takes longer."""
    outcome: Future[Got] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True, name="look-up").start()
    try:
        return outcome.result(seconds)
    except FutureTimeout:
        raise httpcore2.ConnectTimeout("the host name was not looked up in time") from None
