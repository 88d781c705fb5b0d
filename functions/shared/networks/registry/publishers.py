"""What posts for an account's `publisher`."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from functions.shared.domain.accounts.model import PREVIEW
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import PermanentError
from functions.shared.networks.port import Publisher
from functions.shared.networks.preview.publish import PreviewPublisher
from functions.shared.networks.registry.means import Means
from functions.shared.networks.registry.settings import PostingSettings

Publishers = Callable[[str], Publisher]
"""Gives the publisher of this name; PermanentError when there is none."""


def publisher(name: str, *, settings: PostingSettings, means: Means) -> Publisher:
    """Implements Publishers, once its keywords are bound."""
    if name not in _MAKERS:
        raise PermanentError(f"no publisher is called {name}")
    return _MAKERS[name](settings, means)


def _preview(settings: PostingSettings, means: Means) -> Publisher:
    return PreviewPublisher({Network.TWITTER: settings.x_api_base_url})


def _x(settings: PostingSettings, means: Means) -> Publisher:
    from functions.shared.networks.x.publish import XPublisher  # noqa: PLC0415 - tweepy is slow to import

    base_url, settle = settings.x_api_base_url, timedelta(seconds=settings.x_settle_seconds)
    circuit = means.breakers("X", base_url)
    return XPublisher(base_url, means.authorisation, means.clock, settle=settle, circuit=circuit)


_MAKERS: Mapping[str, Callable[[PostingSettings, Means], Publisher]] = {PREVIEW: _preview, "x": _x}
