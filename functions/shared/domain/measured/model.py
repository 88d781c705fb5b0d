"""What became of posts, and what was learned from it.

A rate is engagement (likes, comments and shares together) for each impression, from 0 to 1. Where a platform tells no
impressions there is no rate: a figure that is missing is None, and never zero.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

from functions.shared.domain.network import Network


class Metrics(BaseModel):
    """A post's counts at one moment; None for what the platform does not tell."""

    model_config = ConfigDict(frozen=True)

    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    impressions: int | None = None

    @property
    def engagements(self) -> int | None:
        """Likes, comments and shares together, of those that are told; None when none is."""
        told = [value for value in (self.likes, self.comments, self.shares) if value is not None]
        return sum(told) if told else None

    @property
    def rate(self) -> float | None:
        """Engagements for each impression, at most 1; None where either is not told or nobody has seen the post."""
        if self.engagements is None or not self.impressions:
            return None
        return min(self.engagements / self.impressions, 1.0)


class Snapshot(BaseModel):
    """A post's counts as read at `taken_at` by one job, which reads a post at most once."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    taken_at: datetime
    metrics: Metrics


class Standing(BaseModel):
    """What a list of posts is put in order by: a published post's latest counts, and whether they are read again.

    `metrics` are the counts as last told: one that a platform does not tell any more stays as it was.
    `next_read_at` is when its counts are worth another read; None when they are not read any more. `gone` says that the
    platform does not have the post any more.
    """

    model_config = ConfigDict(frozen=True)

    post_id: str
    network: Network
    published_at: datetime
    metrics: Metrics = Metrics()
    taken_at: datetime | None = None
    next_read_at: datetime | None = None
    gone: bool = False


class Measured(Standing):
    """A published post and all that is known of it. `version` grows with every write, and fences it.

    `topics` are its hashtags in lower case. `learned_at` is when its rate at the fixed age was counted, which happens
    once; `learned_rate` is that rate.
    """

    org_id: str
    account_id: str
    title: str
    style: str | None = None
    topics: tuple[str, ...] = ()
    version: int = 0
    last_job_id: str | None = None
    learned_at: datetime | None = None
    learned_rate: float | None = None

    @property
    def standing(self) -> Standing:
        """Its part that lists are made of."""
        return Standing(**{name: getattr(self, name) for name in Standing.model_fields})


class Dimension(StrEnum):
    """What posts are compared by."""

    ALL = "all"
    NETWORK = "network"
    STYLE = "style"
    TOPIC = "topic"
    HOUR = "hour"


class Totals(BaseModel):
    """Counts gained within a day by the posts of one value of a dimension: `posts` were published in it.

    `rated_engagements` are those of posts that tell their impressions: only they make a rate.
    """

    model_config = ConfigDict(frozen=True)

    posts: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    impressions: int = 0
    rated_engagements: int = 0

    def __add__(self, other: Self) -> "Totals":
        return Totals(**{name: getattr(self, name) + getattr(other, name) for name in type(self).model_fields})

    @property
    def rate(self) -> float | None:
        """Engagements for each impression, from 0 to 1 also where counts were taken back; None without impressions."""
        return min(max(self.rated_engagements / self.impressions, 0.0), 1.0) if self.impressions > 0 else None


class MonthlyArm(BaseModel):
    """The rates at the fixed age of a month's posts of one value of a dimension: how many, their sum, and of squares.

    `month` is the first day of the month, in UTC, in which the posts were published. `network` is set for all
    dimensions but `network` and `all`: a style may work on one network and not on another.
    Rates are whole millionths, so that sums are exact; the squares are those of these whole numbers.
    """

    model_config = ConfigDict(frozen=True)

    dimension: Dimension
    value: str
    network: Network | None = None
    month: date
    posts: int = 0
    sum_millionths: int = 0
    sum_squared_millionths: int = 0


class Arm(BaseModel):
    """The rates of one value of a dimension over the months that still count, a post the less the older it is.

    `posts` is the true number, the oldest of them of the month `since`. `mean` is their weighted mean, which is as sure
    as that of `effective` posts that count alike; `squares` is what the sum of squared deviations would be of so many.
    """

    model_config = ConfigDict(frozen=True)

    dimension: Dimension
    value: str
    network: Network | None = None
    posts: int
    since: date
    effective: float
    mean: float
    squares: float


class Learning(BaseModel):
    """What was learned about one value of a dimension.

    `overall` is the mean rate at the fixed age of all posts on the same network, or for a network that of all posts.
    `rate` is the mean of this value's posts, drawn towards `overall` where they are few or do not differ much; `low` to
    `high` holds the true mean of today with 90 % probability. `posts` is how many posts it rests on, the oldest of them
    of the month `since`; older ones count less. `is_better` says that `low` is above `overall`, `is_worse` that `high`
    is below.
    """

    model_config = ConfigDict(frozen=True)

    dimension: Dimension
    value: str
    network: Network | None = None
    posts: int
    since: date
    rate: float
    low: float
    high: float
    overall: float
    statement: str

    @property
    def is_better(self) -> bool:
        """Whether it surely works better than posts do on average."""
        return self.low > self.overall

    @property
    def is_worse(self) -> bool:
        """Whether it surely works worse than posts do on average."""
        return self.high < self.overall


class Lesson(BaseModel):
    """A learning as it was told to a writer, stored with what was written."""

    model_config = ConfigDict(frozen=True)

    dimension: Dimension
    value: str
    statement: str
    posts: int


class Choice(BaseModel):
    """The style a post was written in: `propensity` is the probability with which it was chosen.

    `explored` says that it was drawn to learn, and not because it works best.
    """

    model_config = ConfigDict(frozen=True)

    style: str
    propensity: float
    explored: bool = False
