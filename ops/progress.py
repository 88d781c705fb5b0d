"""Shows which steps run and for how long: a live display on a terminal, plain lines everywhere else."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Say = Callable[[str], None]
"""Adds what a running step is doing just now."""


class Steps:
    """The steps of one command. Several may run at the same time, from different threads.

    `reminder_seconds` is how often a long step reports when there is no terminal to redraw.
    """

    def __init__(self, console: Console, *, reminder_seconds: float = 10) -> None:
        self.console = console
        self._reminder_seconds = reminder_seconds
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._live = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @contextmanager
    def step(self, name: str) -> Iterator[Say]:
        """Show `name` while the block runs, and its seconds after it; a block that raises gets a cross."""
        started = time.monotonic()
        detail = [""]
        with self._shown(name, started, detail) as say:
            try:
                yield say
            except BaseException:
                self._line(f"[red]✗[/] {name} [dim]{_seconds(started)}[/]")
                raise
        note = f" [dim]({detail[0]})[/]" if detail[0] else ""
        self._line(f"[green]✓[/] {name}{note} [dim]{_seconds(started)}[/]")

    def _line(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)

    @contextmanager
    def _shown(self, name: str, started: float, detail: list[str]) -> Iterator[Say]:
        task = self._live.add_task(name, total=None)
        done = threading.Event()

        def say(text: str) -> None:
            detail[0] = text
            self._live.update(task, description=f"{name} [dim]({text})[/]" if text else name)

        def remind() -> None:
            while not done.wait(self._reminder_seconds):
                note = f" ({detail[0]})" if detail[0] else ""
                self._line(f"  {name}{note} ... {_seconds(started)}")

        reminder = threading.Thread(target=remind, daemon=True)
        if not self.console.is_terminal:
            reminder.start()
        try:
            yield say
        finally:
            done.set()
            if reminder.ident is not None:
                reminder.join()
            self._live.remove_task(task)


def _seconds(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"
