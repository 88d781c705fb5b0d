"""Which publisher an account's `publisher` names."""

from collections.abc import Callable
from datetime import timedelta

from functions.shared.circuits.breaker import Guard
from functions.shared.clock import Clock
from functions.shared.errors import PermanentError
from functions.shared.x.authorisation import Authorisation
from functions.social_poster.publishers.preview import PreviewPublisher
from functions.social_poster.publishers.publisher import Publisher
from functions.social_poster.settings import Settings

Publishers = Callable[[str], Publisher]
"""Gives the publisher of this name; PermanentError when there is none."""


def choose(name: str, *, settings: Settings, authorisation: Authorisation, clock: Clock, x_circuit: Guard) -> Publisher:
    """Implements Publishers, once its keywords are bound."""
    if name == "preview":
        return PreviewPublisher(x_base_url=settings.x_api_base_url)
    if name == "x":
        from functions.social_poster.publishers.x import XPublisher  # noqa: PLC0415 - tweepy is slow to import

        settle = timedelta(seconds=settings.x_settle_seconds)
        return XPublisher(settings.x_api_base_url, authorisation, clock, settle=settle, circuit=x_circuit)
    raise PermanentError(f"no publisher is called {name}")
