"""The social networks posts are written for, by the names the API uses."""

from enum import StrEnum


class Network(StrEnum):
    """A social network; `x` is accepted for `twitter`."""

    TWITTER = "twitter"
    LINKEDIN = "linkedin"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"

    @classmethod
    def _missing_(cls, value: object) -> "Network | None":
        return cls.TWITTER if value == "x" else None


DEFAULT_NETWORKS = (Network.TWITTER, Network.LINKEDIN, Network.FACEBOOK, Network.INSTAGRAM)
"""What a topic is written for when its user names none."""
