"""Each network's rules for a post."""

from collections.abc import Mapping

from functions.shared.domain.network import Network
from functions.shared.networks.bluesky import rules as bluesky
from functions.shared.networks.facebook import rules as facebook
from functions.shared.networks.instagram import rules as instagram
from functions.shared.networks.linkedin import rules as linkedin
from functions.shared.networks.mastodon import rules as mastodon
from functions.shared.networks.rules import PostRules
from functions.shared.networks.x import rules as x

RULES: Mapping[Network, PostRules] = {
    Network.TWITTER: x.RULES,
    Network.LINKEDIN: linkedin.RULES,
    Network.FACEBOOK: facebook.RULES,
    Network.INSTAGRAM: instagram.RULES,
    Network.BLUESKY: bluesky.RULES,
    Network.MASTODON: mastodon.RULES,
}
