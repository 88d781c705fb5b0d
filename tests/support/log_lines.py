"""What was logged, as the structured lines that CloudWatch gets."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from functions.shared.kernel.log import log


@dataclass(frozen=True)
class LogLines:
    """The lines since the capture began."""

    stream: io.StringIO

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def of(self, action: str) -> list[dict[str, Any]]:
        """The lines with this action."""
        return [line for line in self.all() if line["action"] == action]

    def only(self, action: str) -> dict[str, Any]:
        """The one line with this action."""
        (line,) = self.of(action)
        return line


@contextmanager
def captured() -> Iterator[LogLines]:
    """Capture the product's one logger for the block."""
    stream = io.StringIO()
    handler = log.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)
    try:
        yield LogLines(stream)
    finally:
        handler.setStream(before)
