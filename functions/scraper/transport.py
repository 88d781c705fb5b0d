"""How httpx2 reaches the outside here: over a guarded connection, and with nothing of the environment in between.

No proxy of the environment is used (it would dial for us, unguarded), no connection outlives its answer, and no body
is read beyond a number of bytes as they come over the wire: bodies that unpack to nothing would not end otherwise.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import httpcore2
import httpx2

from functions.shared.kernel.guarded import GuardedBackend


class TooMuchSent(Exception):
    """More came over the wire than is taken."""


@contextmanager
def answered(
    request: httpx2.Request, backend: GuardedBackend, tls: Callable[[], ssl.SSLContext], most_bytes: int
) -> Iterator[httpx2.Response]:
    """The answer to a request, its body unread.

    Raises what the backend raises, httpcore2's errors, and TooMuchSent.
    """
    url = request.url
    with httpcore2.ConnectionPool(
        ssl_context=tls() if url.scheme == "https" else None, network_backend=backend
    ) as pool:
        answer = pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=b"",
            )
        )
        body = _Body(cast("Iterator[bytes]", answer.stream), most_bytes)
        response = httpx2.Response(answer.status, headers=answer.headers, stream=body, request=request)
        try:
            yield response
        finally:
            answer.close()


class _Body(httpx2.SyncByteStream):
    """A body as it comes over the wire, cut off with TooMuchSent."""

    def __init__(self, chunks: Iterator[bytes], most_bytes: int) -> None:
        self._chunks = chunks
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for chunk in self._chunks:
            read += len(chunk)
            if read > self._most_bytes:
                raise TooMuchSent
            yield chunk
