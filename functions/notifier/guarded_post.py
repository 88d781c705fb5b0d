"""One POST to an address a user gave: the address that was checked is the one dialled, and all within one deadline."""

import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import httpcore2
from ssrfguard import Policy, Resolver, SSRFGuardError, resolve

from functions.shared.errors import PermanentError, TransientError

DEADLINE_SECONDS = 10.0


@cache
def _tls() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


@dataclass(frozen=True, slots=True)
class GuardedPost:
    """Implements Post. Redirects are not followed, and of the answer only the status is read."""

    policy: Policy
    seconds: float = DEADLINE_SECONDS
    resolver: Resolver | None = None
    tls: Callable[[], ssl.SSLContext] = _tls

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer. TransientError when there was none, PermanentError for a forbidden address."""
        backend = _GuardedBackend(self.policy, time.monotonic() + self.seconds, self.resolver)
        try:
            with (
                httpcore2.ConnectionPool(ssl_context=self.tls(), network_backend=backend) as pool,
                pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
            ):
                return response.status
        except SSRFGuardError as refused:
            raise PermanentError(f"it may not be called: {getattr(refused, 'reason', refused)}") from None
        except httpcore2.TimeoutException:
            raise TransientError(f"it did not answer within {self.seconds:g} seconds") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise TransientError(f"it cannot be reached: {type(error).__name__}") from None


class _GuardedBackend(httpcore2.NetworkBackend):
    """Resolves a name once, checks every address, and dials what it checked."""

    def __init__(self, policy: Policy, ends: float, resolver: Resolver | None) -> None:
        self._policy = policy
        self._ends = ends
        self._resolver = resolver
        self._dialler = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        named = f"[{host}]" if ":" in host else host
        target = self._policy.check_url(f"https://{named}:{port}")
        addresses = resolve(target, policy=self._policy, resolver=self._resolver)
        failure: Exception = httpcore2.ConnectError("no address")
        for address in addresses[: self._policy.max_connection_attempts]:
            try:
                dialled = self._dialler.connect_tcp(str(address.ip), port, timeout=_left(self._ends))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            return _DeadlineStream(dialled, self._ends)
        raise failure


class _DeadlineStream(httpcore2.NetworkStream):
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
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _left(self._ends)), self._ends)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout
    return left
