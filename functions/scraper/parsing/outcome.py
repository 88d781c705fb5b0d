"""Has a worker read foreign bytes in a child, and says what the queue does when that fails."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from functions.scraper.parsing.child import MEMORY_BYTES, TOO_MUCH, TOO_SLOW, Ran, run_child
from functions.shared.kernel.errors import FlywheelError, PermanentError, TransientError
from functions.shared.kernel.log import log

Parsed = TypeVar("Parsed")


class _Answer(BaseModel, Generic[Parsed]):
    """The result, or a sentence for the user, or where a library broke; and what that took."""

    parsed: Parsed | None = None
    refused: str | None = None
    out_of_memory: bool = False
    broke: str | None = None
    peak_mb: float | None = None


def _log(ran: Ran) -> None:
    log.info(
        f"{ran.worker} read in {ran.seconds:.2f} s",
        action="foreign_bytes_read",
        worker=ran.worker,
        seconds=round(ran.seconds, 3),
        peak_mb=ran.peak_mb and round(ran.peak_mb),
        status=ran.status,
        ended_for=ran.ended_for,
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a reading may take, and who is told what it took."""

    seconds: float
    memory_bytes: int = MEMORY_BYTES
    observe: Callable[[Ran], None] = _log


def read_in_child(
    worker: str, header: Mapping[str, Any], body: bytes, *, limits: Limits, result: type[Parsed]
) -> Parsed:
    """What the module `worker` makes of `body`.

    PermanentError says why it cannot be read and what to do, TransientError that this machine could not try.
    """
    try:
        ran = run_child(worker, header, body, seconds=limits.seconds, memory_bytes=limits.memory_bytes)
    except OSError as error:
        raise TransientError(f"no process could be started to read it: {error.strerror or error}") from None
    answer = _answer(ran, result)
    limits.observe(replace(ran, peak_mb=answer.peak_mb) if answer else ran)
    if answer and answer.parsed is not None:
        return answer.parsed
    raise _failure(ran, answer, limits)


def _answer(ran: Ran, result: type[Parsed]) -> _Answer[Parsed] | None:
    if ran.ended_for or not ran.answer:
        return None
    try:
        return _Answer[result].model_validate_json(ran.answer)  # type: ignore[valid-type]  # known only when called
    except ValidationError:
        return None


def _failure(ran: Ran, answer: _Answer[Any] | None, limits: Limits) -> FlywheelError:
    if ran.ended_for == TOO_SLOW or ran.status == -signal.SIGXCPU:
        return PermanentError(
            f"it takes longer to read than the {limits.seconds:g} seconds it may take: "
            "use a smaller or a simpler one, or one of its parts"
        )
    if ran.ended_for == TOO_MUCH:
        return PermanentError("it holds more text than can be taken in: use a smaller one, or split it")
    if answer and answer.refused:
        return PermanentError(answer.refused)
    if answer and answer.out_of_memory:
        return PermanentError(
            f"it takes more than the {limits.memory_bytes // 1024 // 1024} MiB of memory it may take to read: "
            "use a smaller or a simpler one, or split it"
        )
    if ran.status == -signal.SIGKILL:
        return TransientError("this machine ran out of memory while reading it")
    log.warning("a library broke", action="reader_broke", worker=ran.worker, status=ran.status, broke=_where(answer))
    return PermanentError("it is damaged, or made in a way that cannot be read: check that it opens elsewhere")


def _where(answer: _Answer[Any] | None) -> str | None:
    return answer.broke if answer else None
