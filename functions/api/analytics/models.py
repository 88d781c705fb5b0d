"""What callers get about what became of posts, and what was learned. A rate is engagements for each impression."""

from datetime import date
from typing import Literal

from pydantic import Field

from functions.api.models import Time, View
from functions.shared.domain.measured.model import Dimension
from functions.shared.domain.network import Network


class TotalsView(View):
    """What posts gained within a period."""

    posts: int = Field(description="Posts published in it, of those that were measured.")
    likes: int
    comments: int
    shares: int
    engagements: int = Field(description="Likes, comments and shares together.")
    impressions: int
    rate: float | None = Field(description="Of posts that tell their impressions; null where there are none.")


class BreakdownRow(TotalsView):
    """What the posts of one style, topic or hour gained."""

    value: str = Field(description="The style; the topic, without `#`; the hour of publication in UTC, as `09`.")


class Breakdown(View):
    """What posts gained within a period by one of their properties, on all networks; days are UTC."""

    by: Literal["style", "topic", "hour"]
    period: Literal["7d", "30d", "90d"]
    first_day: date
    last_day: date
    items: list[BreakdownRow] = Field(description="Most engagements first, at most 100. A post may have many topics.")
    left_out: int = Field(description="How many others gained less.")


class ChangeView(View):
    """The differences to the period before, of the same length; null where there is nothing to compare."""

    posts: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    engagements: int | None
    impressions: int | None
    rate: float | None


class Comparison(View):
    """A period and the one before."""

    current: TotalsView
    before: TotalsView
    change: ChangeView


class NetworkComparison(Comparison):
    """One network's figures."""

    network: Network


class MetricsView(View):
    """A post's counts; null for what the network does not tell."""

    likes: int | None
    comments: int | None
    shares: int | None
    impressions: int | None
    engagements: int | None
    rate: float | None


class RankedPost(View):
    """A post among the best or the worst."""

    post_id: str
    title: str
    text: str
    network: Network
    published_at: Time
    style: str | None
    topics: tuple[str, ...]
    metrics: MetricsView
    url: str | None = Field(description="The post on its network.")
    analytics_url: str = Field(description="Its figures in this API.")


class WithoutMetrics(View):
    """Posts that have no metrics, and why."""

    reason: str
    posts: int


class AnalyticsSummary(Comparison):
    """What posts gained, against the period before; days are UTC."""

    period: Literal["7d", "30d", "90d"]
    network: Network | None
    first_day: date
    last_day: date
    networks: list[NetworkComparison]
    best: list[RankedPost] = Field(description="Published in the period, best rate first.")
    worst: list[RankedPost] = Field(description="Published in the period, worst rate first; none that is a best one.")
    without_metrics: list[WithoutMetrics] = Field(
        description="Of the 500 posts published last, those of the period that no figure above includes."
    )


class SnapshotView(View):
    """A post's counts as read at one moment."""

    taken_at: Time
    metrics: MetricsView


class PostAnalytics(View):
    """What became of a post. Where `metrics` are null, `reason` says why."""

    post_id: str
    account_id: str
    network: Network
    publisher: str
    title: str
    url: str | None
    published_at: Time | None
    style: str | None
    topics: tuple[str, ...]
    metrics: MetricsView | None = Field(description="The latest counts.")
    reason: str | None = Field(description="Why there are no metrics, or no newer ones.")
    taken_at: Time | None
    next_read_at: Time | None = Field(description="They are read again with the first hourly run after it.")
    learned_rate: float | None = Field(description="The rate at the fixed age, which is compared with other posts'.")
    series: list[SnapshotView] = Field(description="Oldest first.")


class LearningView(View):
    """What was learned about one value of a dimension, from rates at a fixed age."""

    dimension: Dimension
    value: str
    network: Network | None
    posts: int = Field(description="How many posts it rests on; older ones count less.")
    since: date = Field(description="The first day of the month of the oldest of them.")
    rate: float = Field(description="The mean rate, drawn towards `overall` where posts are few.")
    low: float = Field(description="`low` to `high` holds the true mean with 90 % probability.")
    high: float
    overall: float = Field(description="The mean rate of all posts on the same network, or of all posts.")
    statement: str
    verdict: Literal["better", "worse", "unclear"]


class LearningList(View):
    """A page of learnings, best first."""

    items: list[LearningView]
    reason: str | None = Field(description="Why there are none; null where there are.")
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")


def rounded(rate: float | None) -> float | None:
    """A rate as callers get it: to the millionth."""
    return None if rate is None else round(rate, 6)
