"""A platform in memory, for tests: it accepts, refuses or loses its answer as told."""

from dataclasses import dataclass, field
from datetime import timedelta

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Post
from functions.shared.kernel.errors import OutcomeUnknown
from functions.shared.networks.port import Published


@dataclass
class MemoryPublisher:
    """Implements Publisher.

    `refusals` are raised in turn before anything is accepted. `lost_answers` is how many posts are accepted without
    that becoming known. `blind` makes every look-up fail.
    """

    settle: timedelta = timedelta(minutes=3)
    refusals: list[BaseException] = field(default_factory=list)
    lost_answers: int = 0
    blind: bool = False
    accepted: list[str] = field(default_factory=list)

    def publish(self, post: Post, account: Account) -> Published:
        if self.refusals:
            raise self.refusals.pop(0)
        self.accepted.append(post.text)
        if self.lost_answers:
            self.lost_answers -= 1
            raise OutcomeUnknown("the connection broke after the post was sent")
        return self._published(len(self.accepted))

    def find(self, post: Post, account: Account) -> Published | None:
        if self.blind:
            raise OutcomeUnknown("the timeline cannot be read")
        if post.text in self.accepted:
            return self._published(self.accepted.index(post.text) + 1)
        return None

    def _published(self, number: int) -> Published:
        return Published(platform_id=str(number), url=f"https://platform.example/{number}")
