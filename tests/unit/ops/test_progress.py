import io
import re
import time

import pytest
from rich.console import Console

from ops.progress import Steps


def test_in_a_log_each_step_is_a_line_with_its_seconds() -> None:
    console = Console(file=io.StringIO())

    with Steps(console) as steps, steps.step("deploy") as say:
        say("34 resources")

    assert re.fullmatch(r"✓ deploy \(34 resources\) 0\.\d s\n", shown(console))


def test_a_step_that_raises_gets_a_cross() -> None:
    console = Console(file=io.StringIO())

    with pytest.raises(ValueError, match="no"), Steps(console) as steps, steps.step("deploy"):
        raise ValueError("no")

    assert shown(console).startswith("✗ deploy")


def test_a_long_step_reports_in_between() -> None:
    console = Console(file=io.StringIO())

    with Steps(console, reminder_seconds=0.001) as steps, steps.step("deploy"):
        deadline = time.monotonic() + 5
        while "..." not in shown(console) and time.monotonic() < deadline:
            pass

    assert "  deploy ... 0.0 s" in shown(console)


def shown(console: Console) -> str:
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text
