"""Counts and times what happens, and tells CloudWatch when the invocation ends.

The figures travel in a log line (embedded metric format): no call to AWS, and nothing a job could fail by.
"""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from functions.shared.kernel.log import log

NAMESPACE = "Flywheel"
"""Where the figures go unless the environment says otherwise: each deployment of an account has its own."""

_VARIABLE = "POWERTOOLS_METRICS_NAMESPACE"

Dimensions = tuple[tuple[str, str], ...]


@dataclass
class Tally:
    """What an invocation has counted so far. Each set of dimensions becomes one line."""

    counts: dict[Dimensions, Counter[str]] = field(default_factory=dict)
    times: dict[Dimensions, list[tuple[str, float]]] = field(default_factory=dict)

    def count(self, name: str, amount: int = 1, **dimensions: str) -> None:
        """Add to a count; an amount of 0 is a figure, too."""
        self.counts.setdefault(tuple(dimensions.items()), Counter())[name] += amount

    def time(self, name: str, seconds: float, **dimensions: str) -> None:
        """Remember how long something took."""
        self.times.setdefault(tuple(dimensions.items()), []).append((name, max(0.0, seconds)))

    def publish(self) -> None:
        """Write everything out and begin anew. Never raises: figures are worth no job."""
        counts, self.counts = self.counts, {}
        times, self.times = self.times, {}
        try:
            for dimensions in {**counts, **times}:
                _write(dimensions, counts.get(dimensions, Counter()), times.get(dimensions, ()))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a figure, the job's outcome stands
            log.warning("metrics lost", action="metrics_lost", reason=f"{type(error).__name__}: {error}")


def _write(dimensions: Dimensions, counts: Counter[str], times: Iterable[tuple[str, float]]) -> None:
    # An empty service leaves out Powertools' own dimension: one metric, whichever Lambda counted.
    line = EphemeralMetrics(namespace=os.environ.get(_VARIABLE, NAMESPACE), service="")
    for name, value in dimensions:
        line.add_dimension(name, value)
    for name, amount in counts.items():
        line.add_metric(name, MetricUnit.Count, amount)
    for name, seconds in times:
        line.add_metric(name, MetricUnit.Milliseconds, round(seconds * 1000, 3))
    line.flush_metrics()
