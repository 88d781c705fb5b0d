"""The child's side of `child.py`: limits itself, reads what it was sent, answers as JSON, and is gone."""

import contextlib
import ctypes
import json
import math
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1  # prctl(2)
_DESCRIPTORS = 64
_NEARLY = 0.8  # the allocation that failed may have been a large one


class Refused(Exception):
    """It cannot be read; the text tells the user why, and what to do."""


def serve(read: Callable[[Mapping[str, Any], bytes], object]) -> None:
    """Answer with what `read` makes of the header and the body on standard input; never returns."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    header = json.loads(sys.stdin.buffer.readline() or b"{}")
    if not header or not _die_with(header["parent"]):
        os._exit(1)
    _limit(header)
    try:
        answer = _json(_outcome(read, header))
    except MemoryError:
        answer = _json({"out_of_memory": True})
    unsent = memoryview(answer)
    while unsent:
        unsent = unsent[os.write(answers, unsent) :]
    os._exit(0)  # no library's farewell


def _outcome(read: Callable[[Mapping[str, Any], bytes], object], header: Mapping[str, Any]) -> dict[str, object]:
    try:
        body = sys.stdin.buffer.read()
        if len(body) != header["size"]:
            os._exit(1)  # its sender is gone
        return {"parsed": read(header, body)}
    except Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"out_of_memory": True}
    except Exception as error:  # noqa: BLE001 - whatever a library raises over foreign bytes
        return {"out_of_memory": True} if is_short_of_memory() else {"broke": _place(error)}


def is_short_of_memory() -> bool:
    """Whether what failed may have failed for that: libraries in C say so in many ways, or not at all."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return most != resource.RLIM_INFINITY and _memory("VmPeak") > most * _NEARLY


def _memory(name: str) -> int:
    """A figure of this process in bytes, as Linux counts it; 0 elsewhere."""
    with contextlib.suppress(OSError, MemoryError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0


def _die_with(parent: int) -> bool:
    """Have the kernel kill this process when its parent is gone; whether the parent is there still."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == parent


def _limit(header: Mapping[str, Any]) -> None:
    """Memory and processor time as told; no files, no core dump. What a system cannot limit, the deadline does."""
    seconds = math.ceil(header["seconds"]) + 1
    for kind, limit, at_last in (
        (resource.RLIMIT_AS, header["memory_bytes"], header["memory_bytes"]),
        (resource.RLIMIT_CPU, seconds, seconds + 1),  # SIGXCPU first, which says what it is
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS, _DESCRIPTORS),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (limit, at_last))


def _json(answer: Mapping[str, object]) -> bytes:
    answer = {**answer, "peak_mb": _memory("VmHWM") / 1_000_000 or None}
    return json.dumps(answer, ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(type(value).__name__)


def _place(error: Exception) -> str:
    """What went wrong and where, without the foreign text that may stand in the error."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"
