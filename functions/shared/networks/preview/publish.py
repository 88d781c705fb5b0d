"""The publisher that sends nothing: it records exactly what would be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Post
from functions.shared.domain.network import Network
from functions.shared.networks.compose import length
from functions.shared.networks.port import Published
from functions.shared.networks.registry.rules import RULES


@dataclass(frozen=True, slots=True)
class PreviewPublisher:
    """Implements Publisher for every network; it shows the whole request to those whose address it is given."""

    base_urls: Mapping[Network, str] = field(default_factory=dict)
    settle: timedelta = timedelta()

    def publish(self, post: Post, account: Account) -> Published:
        rules, base_url = RULES[post.network], self.base_urls.get(post.network)
        request = rules.request(post.text, base_url) if rules.request is not None and base_url else {}
        shown = {"text": post.text, "length": length(post.text, post.network), "limit": rules.max_length}
        return Published(platform_id=f"preview-{post.content_id}", preview={**shown, **request})

    def find(self, post: Post, account: Account) -> Published | None:
        """Nothing was sent, so there is nothing to find."""
        return None
