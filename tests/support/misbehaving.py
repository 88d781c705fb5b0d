"""What a library taken over, or a hopeless file, may do; run as `python -m tests.support.misbehaving`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from functions.scraper.parsing.results import ParsedDocument
from functions.scraper.parsing.workers.serve import serve


def misbehave(header: Mapping[str, Any], body: bytes) -> ParsedDocument:
    """As the header says; else tell how many bytes came."""
    told = MANNERS[header["how"]](header) if header["how"] in MANNERS else None
    return ParsedDocument(None, told or f"{len(body)} bytes")


def _hang(_: Mapping[str, Any]) -> None:
    time.sleep(60)


def _hang_with_a_child(header: Mapping[str, Any]) -> None:
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)", header["mark"]])
    time.sleep(60)


def _compute(_: Mapping[str, Any]) -> None:
    while True:
        pass


def _allocate(_: Mapping[str, Any]) -> str:
    return "x" * 4_000_000_000


def _crash(_: Mapping[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _be_killed(_: Mapping[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(_: Mapping[str, Any]) -> None:
    raise IndexError("foreign text")


def _flood(_: Mapping[str, Any]) -> None:
    while True:
        os.write(_ANSWERS, b"x" * 65536)


def _answer_nonsense(_: Mapping[str, Any]) -> None:
    os.write(_ANSWERS, b'{"parsed": {"text": 5}}')
    os._exit(0)


def _chatter(_: Mapping[str, Any]) -> None:
    sys.stdout.write("a library's banner")
    sys.stdout.flush()


def _write_a_file(header: Mapping[str, Any]) -> None:
    Path(header["path"]).write_text("x")


def _tell_the_environment(_: Mapping[str, Any]) -> str:
    return " ".join(sorted(os.environ))


def _tell_open_files(_: Mapping[str, Any]) -> str:
    return " ".join(sorted(os.listdir("/proc/self/fd"), key=int))


_ANSWERS = 3  # the pipe to the parent: the first file that `serve` opens
MANNERS: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "hang": _hang,
    "hang with a child": _hang_with_a_child,
    "compute": _compute,
    "allocate": _allocate,
    "crash": _crash,
    "be killed": _be_killed,
    "raise": _raise,
    "flood": _flood,
    "answer nonsense": _answer_nonsense,
    "chatter": _chatter,
    "write a file": _write_a_file,
    "tell the environment": _tell_the_environment,
    "tell open files": _tell_open_files,
}


if __name__ == "__main__":
    serve(misbehave)
