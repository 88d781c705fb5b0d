"""A limit on a whole HTTP exchange: a server that drips a byte now and then never runs into a read timeout."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import httpx2


@dataclass
class DeadlineTransport(httpx2.BaseTransport):
    """Sends through `inner`, and raises ReadTimeout once a response has taken `seconds` in all."""

    inner: httpx2.BaseTransport
    seconds: float
    monotonic: Callable[[], float] = time.monotonic

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        ends = self.monotonic() + self.seconds
        response = self.inner.handle_request(request)
        stream = cast(httpx2.SyncByteStream, response.stream)
        response.stream = _DeadlineStream(stream, request, lambda: self.monotonic() > ends)
        return response

    def close(self) -> None:
        self.inner.close()


@dataclass
class _DeadlineStream(httpx2.SyncByteStream):
    inner: httpx2.SyncByteStream
    request: httpx2.Request
    is_over: Callable[[], bool]

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.inner:
            if self.is_over():
                raise httpx2.ReadTimeout("the whole answer took too long", request=self.request)
            yield chunk

    def close(self) -> None:
        self.inner.close()
