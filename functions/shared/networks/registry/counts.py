"""What reads the counts of a publisher's posts."""

from collections.abc import Callable, Mapping

from functions.shared.kernel.errors import PermanentError
from functions.shared.networks.port import CountsReader
from functions.shared.networks.registry.means import Means
from functions.shared.networks.registry.settings import NetworkSettings

Readers = Callable[[str], CountsReader]
"""Gives the reader for a publisher; PermanentError when its posts have no counts."""


def counts_reader(name: str, *, settings: NetworkSettings, means: Means) -> CountsReader:
    """Implements Readers, once its keywords are bound."""
    if name not in _MAKERS:
        raise PermanentError(f"posts of the publisher {name} have no metrics")
    return _MAKERS[name](settings, means)


def _x(settings: NetworkSettings, means: Means) -> CountsReader:
    from functions.shared.networks.x.counts import XCountsReader  # noqa: PLC0415 - tweepy is slow to import

    base_url = settings.x_api_base_url
    return XCountsReader(base_url, means.authorisation, means.clock, circuit=means.breakers("X", base_url))


_MAKERS: Mapping[str, Callable[[NetworkSettings, Means], CountsReader]] = {"x": _x}
