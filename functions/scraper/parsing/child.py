"""A child process that reads foreign bytes, and that is gone when its time is up, whatever it is doing.

Pipes and a process group are all it needs: no shared memory, which a Lambda lacks. The child limits itself before it
looks at the first foreign byte (`workers/serve.py`); the deadline is held here. Decision 0015.
"""

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMORY_BYTES = 380 * 1024 * 1024
"""Address space of a child, so that its resident memory stays below 400 MB (the libraries alone take 60 MiB)."""

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""A child that answers with more is ended. 2,000,000 characters of a document take 8 MB at most."""

_PIECE = 64 * 1024
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)

# Where an interpreter finds its libraries; credentials and everything else stay here.
_PASSED_ON = ("LD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a child. `status` is its exit status, negative for the signal that ended it.

    `ended_for` is why it was ended from here, None when it ended by itself. `peak_mb` is its largest resident memory
    where that is known (the system's own figure counts this process in).
    """

    worker: str
    answer: bytes
    status: int
    ended_for: str | None
    seconds: float
    peak_mb: float | None


TOO_SLOW = "too_slow"
TOO_MUCH = "too_much"


class _EndIt(Exception):
    """An order, caught where it is given."""


def run_child(
    worker: str, header: Mapping[str, Any], body: bytes, *, seconds: float, memory_bytes: int = MEMORY_BYTES
) -> Ran:
    """Run the module `worker`, which calls `serve`, over `body`; it is gone when this returns or raises.

    `header` goes before the body as JSON; `seconds` are of the whole run, start of the interpreter included.
    OSError: it could not be started.
    """
    started = time.monotonic()
    about = {**header, "size": len(body), "parent": os.getpid(), "seconds": seconds, "memory_bytes": memory_bytes}
    with subprocess.Popen(  # noqa: S603 - the arguments are this module's own
        [sys.executable, "-P", "-S", "-m", worker],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        env=_environment(),
        start_new_session=True,
    ) as process:
        answer, ended_for = b"", None
        try:
            answer = _converse(process, (json.dumps(about).encode() + b"\n", body), started + seconds)
        except _EndIt as order:
            ended_for = str(order)
        finally:
            peak_mb = _peak_mb(process.pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):  # as macOS says of a group that has ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Ran(worker, answer, process.returncode, ended_for, time.monotonic() - started, peak_mb)


def _environment() -> dict[str, str]:
    """Modules are found as they are here; text is UTF-8; nothing else gets in."""
    paths = [os.path.abspath(path or os.getcwd()) for path in sys.path]
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _converse(process: subprocess.Popen[bytes], message: tuple[bytes, ...], ends: float) -> bytes:
    """Write `message`, and at the same time read the answer until its end. Raises _EndIt."""
    assert process.stdin is not None  # noqa: S101 - both were asked for
    assert process.stdout is not None  # noqa: S101
    os.set_blocking(process.stdin.fileno(), False)
    unsent = [memoryview(part) for part in message]
    answer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = ends - time.monotonic()
            if left <= 0:
                raise _EndIt(TOO_SLOW)
            for key, _ in selector.select(left):
                if key.fileobj is process.stdin:
                    if not _send(process.stdin.fileno(), unsent):
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                piece = os.read(process.stdout.fileno(), _PIECE)
                if not piece:
                    return bytes(answer)
                answer += piece
                if len(answer) > MAX_ANSWER_BYTES:
                    raise _EndIt(TOO_MUCH)


def _send(pipe: int, unsent: list[memoryview]) -> bool:
    """Whether there is more to send; there is not to a child that listens no longer."""
    try:
        sent = os.write(pipe, unsent[0][:_PIECE])
    except BlockingIOError:
        return True
    except BrokenPipeError:
        return False
    unsent[0] = unsent[0][sent:]
    while unsent and not unsent[0]:
        unsent.pop(0)
    return bool(unsent)


def _peak_mb(pid: int) -> float | None:
    """Of a process that has not ended yet, where the system tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = _PEAK.search(status)
    return int(found[1]) * 1024 / 1_000_000 if found else None
