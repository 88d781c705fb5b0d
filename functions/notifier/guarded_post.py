"""One POST to an address a user gave: the address that was checked is the one dialled, and all within one deadline."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import httpcore2
from ssrfguard import Resolver, SSRFGuardError

from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.guarded import GuardedBackend, default_tls
from functions.shared.kernel.outbound import Bounds

DEADLINE_SECONDS = 10.0


class Answer(NamedTuple):
    """What is read of an answer: its status, and its Retry-After."""

    status: int
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class GuardedPost:
    """Implements Post. Redirects are not followed, and the answer's body is not read."""

    bounds: Bounds
    seconds: float = DEADLINE_SECONDS
    resolver: Resolver | None = None
    tls: Callable[[], ssl.SSLContext] = default_tls

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """What it answered. TransientError when there was none, PermanentError for a forbidden address."""
        backend = GuardedBackend(self.bounds.policy_for, time.monotonic() + self.seconds, self.resolver)
        try:
            with (
                httpcore2.ConnectionPool(ssl_context=self.tls(), network_backend=backend) as pool,
                pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
            ):
                asked = next((value for name, value in response.headers if name.lower() == b"retry-after"), None)
                return Answer(response.status, None if asked is None else asked.decode("latin-1"))
        except SSRFGuardError as refused:
            raise PermanentError(f"it may not be called: {getattr(refused, 'reason', refused)}") from None
        except httpcore2.TimeoutException:
            raise TransientError(f"it did not answer within {self.seconds:g} seconds") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise TransientError(f"it cannot be reached: {type(error).__name__}") from None
