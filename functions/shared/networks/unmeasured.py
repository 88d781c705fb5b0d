"""Which posts have no metrics, and why: no number is ever invented for them."""

from functions.shared.domain.network import Network
from functions.shared.networks.registry.known import KNOWN


def why_unmeasured(publisher: str, network: Network) -> str | None:
    """Why posts of this publisher have no metrics, in words for users; None when they have."""
    if publisher in KNOWN and KNOWN[publisher].has_counts:
        return None
    return f"{publisher} posts are not published on {network}, so they have no metrics"
