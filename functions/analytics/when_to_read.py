"""When a post's counts are worth another read: often while they move, then less and less. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.shared.domain.measured.model import Measured

OLDEST = timedelta(days=30)
"""Older posts are not read any more."""

# Each read is paid for: the 17 of a post cost less than half of what posting it with a link does on X.
_RHYTHM = (
    (timedelta(hours=6), timedelta(hours=2)),
    (timedelta(days=1), timedelta(hours=6)),
    (timedelta(days=3), timedelta(hours=12)),
    (timedelta(days=14), timedelta(days=3)),
    (OLDEST, timedelta(days=7)),
)
# A read happens some time after its tick, and the next tick is not to find it a minute too young.
_SLACK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Reads thin out with a post's age, but there is one at `fixed_age`, when its rate is compared with others'.

    The rate that counts is that of the first read at or after the fixed age which tells one, if there is such a read
    within `grace`: a post first read later is not counted, because it had more time than the others.
    """

    fixed_age: timedelta = timedelta(hours=48)
    grace: timedelta = timedelta(hours=24)

    def next_read(self, published_at: datetime, now: datetime) -> datetime | None:
        """The time from which a post read `now` is due again; None when it is not read any more."""
        age = now - published_at
        pauses = [pause for until, pause in _RHYTHM if age < until]
        if not pauses:
            return None
        fixed = published_at + self.fixed_age
        then = now + pauses[0] - _SLACK
        then = min(then, fixed) if now < fixed else then
        return then if then - published_at < OLDEST else None

    def counts(self, published_at: datetime, read_at: datetime) -> bool:
        """Whether a rate read then is at the fixed age."""
        return self.fixed_age <= read_at - published_at <= self.fixed_age + self.grace


def is_due(post: Measured | None, now: datetime) -> bool:
    """Whether a post is to be read: one that never was, or whose time has come."""
    return post is None or (post.next_read_at is not None and post.next_read_at <= now)
