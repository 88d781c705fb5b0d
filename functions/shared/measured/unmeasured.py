"""Which posts have no metrics, and why: no number is ever invented for them."""

from functions.shared.networks import Network

MEASURED = frozenset({"x"})
"""The publishers whose posts have metrics that can be read."""


def why_unmeasured(publisher: str, network: Network) -> str | None:
    """Why posts of this publisher have no metrics, in words for users; None when they have."""
    if publisher in MEASURED:
        return None
    return f"{publisher} posts are not published on {network}, so they have no metrics"
