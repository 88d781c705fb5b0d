"""Which networks this deployment knows, by the name that accounts and posts are stored with."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.shared.domain.accounts.model import PREVIEW
from functions.shared.domain.network import Network


@dataclass(frozen=True, slots=True)
class Known:
    """A publisher: the networks it posts on, its name for people, and what it can do besides."""

    title: str
    networks: frozenset[Network]
    has_counts: bool = False
    has_sign_in: bool = False


KNOWN: Mapping[str, Known] = {
    PREVIEW: Known("the preview", frozenset(Network)),
    "x": Known("X", frozenset({Network.TWITTER}), has_counts=True, has_sign_in=True),
}


def publisher_for(network: Network) -> str:
    """What posts on this network unless an account says otherwise: the network's own adapter, else the preview."""
    own = (name for name, known in KNOWN.items() if name != PREVIEW and network in known.networks)
    return next(own, PREVIEW)


def signs_in(network: Network) -> bool:
    """Whether accounts on this network can be connected by their user's authorisation."""
    return KNOWN[publisher_for(network)].has_sign_in
