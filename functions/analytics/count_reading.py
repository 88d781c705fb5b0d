"""What a read changes: the post's state, its series, the daily roll-ups, the arms. Pure.

Roll-ups hold *differences* to what the post had before, so that adding them up over days and posts gives what was
gained; where a platform takes counts back they are negative. `posts` is counted once, at a post's first record, on
the day of its publication; everything else on the day of the read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.content.model import Post
from functions.shared.domain.measured.arms import arms_of, values_of
from functions.shared.domain.measured.model import Dimension, Measured, Metrics, MonthlyArm, Snapshot, Totals

_MOST_TOPICS = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """The arguments of MetricsStore.record."""

    before: Measured | None
    after: Measured
    snapshot: Snapshot | None = None
    gained: Mapping[tuple[date, Dimension, str], Totals] = field(default_factory=dict)
    learned: tuple[MonthlyArm, ...] = ()


def counted(
    post: Post, before: Measured | None, metrics: Metrics, *, job_id: str, at: datetime, rhythm: Rhythm
) -> Reading:
    """What it changes that the platform told these counts `at` that time."""
    known = before or unread(post)
    is_learned = known.learned_at is None and rhythm.counts(known.published_at, at)
    rate = metrics.rate if is_learned else None
    after = known.model_copy(
        update={
            "metrics": _as_last_told(known.metrics, metrics),
            "taken_at": at,
            "last_job_id": job_id,
            "next_read_at": rhythm.next_read(known.published_at, at),
            "gone": False,
            **({} if rate is None else {"learned_at": at, "learned_rate": rate}),
        }
    )
    return Reading(
        before=before,
        after=after,
        snapshot=Snapshot(job_id=job_id, taken_at=at, metrics=metrics),
        gained=_gained(known, after, at),
        learned=() if rate is None else tuple(arms_of(after, rate)),
    )


def gone(post: Post, before: Measured | None, *, job_id: str) -> Reading:
    """What it changes that the platform does not have the post any more: what it earned stays."""
    known = before or unread(post)
    after = known.model_copy(update={"gone": True, "last_job_id": job_id, "next_read_at": None})
    return Reading(before=before, after=after)


def unread(post: Post) -> Measured:
    """A published post before anything was read of it."""
    topics = dict.fromkeys(tag.lower() for tag in post.hashtags)
    return Measured(
        org_id=post.org_id,
        post_id=post.content_id,
        account_id=post.account_id,
        network=post.network,
        published_at=post.published_at or post.created_at,
        title=post.title,
        style=post.choice.style if post.choice else None,
        topics=tuple(topics)[:_MOST_TOPICS],
    )


def _as_last_told(before: Metrics, told: Metrics) -> Metrics:
    """A count that is not told any more has not become zero."""
    return before.model_copy(update=told.model_dump(exclude_none=True))


def _gained(before: Measured, after: Measured, at: datetime) -> dict[tuple[date, Dimension, str], Totals]:
    difference = _difference(before.metrics, after.metrics)
    gains = [(at, difference)]
    if before.taken_at is None:
        gains.append((after.published_at, Totals(posts=1)))
    gained: dict[tuple[date, Dimension, str], Totals] = {}
    for moment, more in gains:
        for dimension, value in values_of(after):
            key = (moment.astimezone(UTC).date(), dimension, value)
            gained[key] = gained.get(key, Totals()) + more
    return {key: totals for key, totals in gained.items() if totals != Totals()}


def _difference(before: Metrics, after: Metrics) -> Totals:
    old, new = _totals(before), _totals(after)
    return Totals(**{name: getattr(new, name) - getattr(old, name) for name in Totals.model_fields})


def _totals(metrics: Metrics) -> Totals:
    counts = metrics.model_dump()
    rated = metrics.engagements if metrics.impressions is not None else None
    return Totals(**{name: count or 0 for name, count in counts.items()}, rated_engagements=rated or 0)
