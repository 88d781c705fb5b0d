"""Runs what may happen from here on in processes of their own, each with a copy of this one's memory.

Moto keeps its AWS in memory, so that a fork has its own copy of all of it: whatever led here need not be done again.
"""

import gc
import os
import select
import signal
import sys
import threading
import warnings
from dataclasses import dataclass, field

_SECONDS_TO_LIVE = 120
_LONGEST_REPORT = 8_000


@dataclass
class Forks:
    """Forks running, at most `at_once`, and what each said in the end, by the name it was given."""

    at_once: int = 2
    reports: dict[str, str] = field(default_factory=dict)
    _running: dict[int, tuple[int, str]] = field(default_factory=dict)
    _to_parent: int | None = None

    @property
    def in_child(self) -> bool:
        return self._to_parent is not None

    def fork(self, name: str) -> bool:
        """Whether this is the child, which is to end by `leave`."""
        while len(self._running) >= self.at_once:
            self._wait_for_one()
        read, write = os.pipe()
        pid = _fork()
        if pid == 0:
            gc.disable()  # a short life: a collection would only copy the parent's memory page by page
            os.close(read)
            self._to_parent = write
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_SECONDS_TO_LIVE)
            return True
        os.close(write)
        self._running[read] = (pid, name)
        return False

    def leave(self, report: str) -> None:
        """End the child; its parent finds the report."""
        assert self._to_parent is not None
        os.write(self._to_parent, report[:_LONGEST_REPORT].encode())
        os._exit(0)

    def wait(self) -> None:
        """Until every child is gone."""
        while self._running:
            self._wait_for_one()

    def _wait_for_one(self) -> None:
        (read, *_), _, _ = select.select(list(self._running), [], [])
        pid, name = self._running.pop(read)
        with os.fdopen(read, "rb") as pipe:
            report = pipe.read().decode()
        _, status = os.waitpid(pid, 0)
        self.reports[name] = report if status == 0 else f"died with status {status}"


def _fork() -> int:
    # Only this thread goes on in the child: a heartbeat must hold no lock now that somebody there would wait for.
    while not all(_is_parked(thread) for thread in threading.enumerate() if thread.name.startswith("heartbeat-")):
        os.sched_yield()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any other thread
        return os.fork()


def _is_parked(thread: threading.Thread) -> bool:
    """Whether it waits for its event, the event's own lock given back."""
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return not thread.is_alive()
    return frame.f_code is threading.Condition.wait.__code__ and "saved_state" in frame.f_locals
