"""The publisher that sends nothing: it records exactly what would be sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.shared.content import Account, Post
from functions.shared.networks import Network
from functions.shared.post_rules import RULES, length
from functions.social_poster.publishers.publisher import Published
from functions.social_poster.publishers.x_post import CREATE_PATH, create_body, price


@dataclass(frozen=True, slots=True)
class PreviewPublisher:
    """Implements Publisher for every network; for X it shows the whole request."""

    x_base_url: str
    settle: timedelta = timedelta()

    def publish(self, post: Post, account: Account) -> Published:
        preview = {
            "text": post.text,
            "length": length(post.text, post.network),
            "limit": RULES[post.network].max_length,
            **(self._x_request(post) if post.network is Network.TWITTER else {}),
        }
        return Published(platform_id=f"preview-{post.content_id}", preview=preview)

    def find(self, post: Post, account: Account) -> Published | None:
        """Nothing was sent, so there is nothing to find."""
        return None

    def _x_request(self, post: Post) -> Mapping[str, Any]:
        return {
            "method": "POST",
            "url": f"{self.x_base_url}{CREATE_PATH}",
            "headers": {"Authorization": "Bearer <access token>", "Content-Type": "application/json"},
            "body": create_body(post.text),
            "estimated_price_usd": str(price(post.text)),
        }
