"""Whether a warm worker keeps anything of the jobs it has run."""

import gc
import tracemalloc
from pathlib import Path

from benchmarks.worker import warm_worker

JOBS = 1000
WARM_UP = 100
KB_PER_JOB_LIMIT = 1.0

_PRODUCT = str(Path(__file__).parent.parent / "functions" / "*")


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, value and limit. Only what the product allocated counts: moto remembers every job for good."""
    with warm_worker() as worker:
        for _ in range(WARM_UP):
            worker.admit()
            worker.work()
        tracemalloc.start(1)
        try:
            before = _kept()
            for _ in range(JOBS):
                worker.admit()
                worker.work()
            grown = (_kept() - before) / JOBS
        finally:
            tracemalloc.stop()
    return [(f"memory a warm worker keeps of each of {JOBS} jobs", f"{grown:.3f} KB", f"<= {KB_PER_JOB_LIMIT} KB")]


def _kept() -> float:
    gc.collect()
    snapshot = tracemalloc.take_snapshot().filter_traces(
        [tracemalloc.Filter(inclusive=True, filename_pattern=_PRODUCT)]
    )
    return sum(statistic.size for statistic in snapshot.statistics("filename")) / 1024
