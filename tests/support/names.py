"""Names that lead where a test says, and connections that are only noted down."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore2

PUBLIC = "93.184.215.14"
NOBODY: frozenset[str] = frozenset()
HERE = frozenset({"127.0.0.1", "localhost"})
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"


@dataclass
class Names:
    """A resolver. Each look-up gets the next of `answers`, and the last one for ever after."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int, *_: object) -> list[Any]:
        self.asked.append(host)
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]


class Dialled(httpcore2.MockBackend):
    """Opens no connection: notes where to, and plays the next of these answers."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__([])
        self.to: list[tuple[str, int]] = []
        self.sent: list[bytes] = []
        self._answers = list(answers)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self.to.append((host, port))
        return _Played(self._answers.pop(0), self.sent)


class _Played(httpcore2.MockStream):
    def __init__(self, answer: bytes, sent: list[bytes]) -> None:
        super().__init__([answer])
        self._sent = sent

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._sent.append(buffer)
