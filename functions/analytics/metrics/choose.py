"""Which reader reads the metrics of a publisher's posts."""

from collections.abc import Callable

from functions.analytics.metrics.reader import MetricsReader
from functions.analytics.settings import Settings
from functions.shared.circuits.breaker import Guard
from functions.shared.clock import Clock
from functions.shared.errors import PermanentError
from functions.shared.x.authorisation import Authorisation

Readers = Callable[[str], MetricsReader]
"""Gives the reader for a publisher; PermanentError when its posts have no metrics."""


def choose(
    name: str, *, settings: Settings, authorisation: Authorisation, clock: Clock, x_circuit: Guard
) -> MetricsReader:
    """Implements Readers, once its keywords are bound."""
    if name == "x":
        from functions.analytics.metrics.x import XMetricsReader  # noqa: PLC0415 - tweepy is slow to import

        return XMetricsReader(settings.x_api_base_url, authorisation, clock, circuit=x_circuit)
    raise PermanentError(f"posts of the publisher {name} have no metrics")
