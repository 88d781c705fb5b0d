"""How long importing each handler takes, as a ratio to importing boto3 in the same run (machines are noisy)."""

import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 5


def report() -> list[tuple[str, str, str]]:
    """Rows of handler, ratio to boto3, and milliseconds."""
    baseline = _milliseconds("boto3")
    rows = [("boto3, the baseline", "1.00", f"{baseline:.0f} ms")]
    for handler in sorted(ROOT.glob("functions/*/handler.py")):
        module = ".".join(handler.relative_to(ROOT).with_suffix("").parts)
        took = _milliseconds(module)
        rows.append((module, f"{took / baseline:.2f}", f"{took:.0f} ms"))
    return rows


def _milliseconds(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print((time.perf_counter() - t) * 1000)"
    return statistics.median(
        float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)  # noqa: S603
        for _ in range(RUNS)
    )
