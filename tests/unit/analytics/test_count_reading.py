"""What a read of a post's counts changes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from functions.analytics.count_reading import Reading, counted, gone
from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.content.model import Post
from functions.shared.domain.measured.model import Dimension, Measured, Metrics, Totals
from tests.support.analytics_services import a_published_post

PUBLISHED = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
POST = a_published_post(PUBLISHED, hashtags=("Tea", "tea", "Coffee"))
SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (21, 22, 23))


def read(
    *told: Metrics, hours: Sequence[float], post: Post = POST, before: Measured | None = None, age: float = 48
) -> list[Reading]:
    """The post read one time after the other, so many hours after its publication."""
    readings = []
    for number, (metrics, after) in enumerate(zip(told, hours, strict=True)):
        at = PUBLISHED + timedelta(hours=after)
        rhythm = Rhythm(fixed_age=timedelta(hours=age))
        readings.append(counted(post, before, metrics, job_id=f"job-{number}", at=at, rhythm=rhythm))
        before = readings[-1].after
    return readings


def of(reading: Reading, dimension: Dimension) -> dict[tuple[date, str], Totals]:
    return {(day, value): totals for (day, kind, value), totals in reading.gained.items() if kind is dimension}


def test_a_first_read_counts_the_post_on_its_day_and_its_counts_on_the_day_of_the_read() -> None:
    (reading,) = read(Metrics(likes=4, comments=1, shares=0, impressions=200), hours=[1])
    counts = Totals(likes=4, comments=1, impressions=200, rated_engagements=5)
    assert of(reading, Dimension.ALL) == {(SATURDAY, "all"): Totals(posts=1), (SUNDAY, "all"): counts}
    assert {value for _, value in of(reading, Dimension.TOPIC)} == {"tea", "coffee"}
    assert {value for _, value in of(reading, Dimension.HOUR)} == {"23"}
    assert {value for _, value in of(reading, Dimension.STYLE)} == {"question"}
    assert {value for _, value in of(reading, Dimension.NETWORK)} == {"twitter"}


def test_a_later_read_gains_the_difference_which_may_be_negative() -> None:
    first, second, third = read(
        Metrics(likes=4, impressions=200),
        Metrics(likes=3, impressions=260),
        Metrics(likes=3, impressions=260),
        hours=[1, 30, 40],
    )
    assert of(first, Dimension.ALL)[SUNDAY, "all"] == Totals(likes=4, impressions=200, rated_engagements=4)
    assert of(second, Dimension.ALL) == {(MONDAY, "all"): Totals(likes=-1, impressions=60, rated_engagements=-1)}
    assert third.gained == {}


def test_a_count_that_is_not_told_any_more_has_not_become_zero() -> None:
    _, second, third = read(
        Metrics(likes=4, impressions=200), Metrics(likes=5), Metrics(likes=5, impressions=300), hours=[1, 2, 3]
    )
    assert second.snapshot is not None
    assert second.snapshot.metrics.impressions is None
    assert second.after.metrics == Metrics(likes=5, impressions=200)
    assert of(second, Dimension.ALL)[SUNDAY, "all"] == Totals(likes=1, rated_engagements=1)
    assert of(third, Dimension.ALL)[SUNDAY, "all"] == Totals(impressions=100)


def test_engagement_makes_a_rate_only_where_impressions_are_told() -> None:
    unseen, seen = read(Metrics(likes=4), Metrics(likes=6, impressions=100), hours=[1, 2])
    assert of(unseen, Dimension.ALL)[SUNDAY, "all"] == Totals(likes=4)
    assert of(seen, Dimension.ALL)[SUNDAY, "all"] == Totals(likes=2, impressions=100, rated_engagements=6)


def test_the_rate_at_the_fixed_age_is_learned_once() -> None:
    told = [Metrics(likes=likes, impressions=100) for likes in (1, 2, 3)]
    early, fixed, late = read(*told, hours=[47, 49, 55])
    assert [len(reading.learned) for reading in (early, fixed, late)] == [0, 6, 0]
    assert {(arm.dimension, arm.value, arm.network, arm.posts, arm.sum_millionths) for arm in fixed.learned} == {
        (Dimension.ALL, "all", None, 1, 20_000),
        (Dimension.NETWORK, "twitter", None, 1, 20_000),
        (Dimension.STYLE, "question", "twitter", 1, 20_000),
        (Dimension.TOPIC, "tea", "twitter", 1, 20_000),
        (Dimension.TOPIC, "coffee", "twitter", 1, 20_000),
        (Dimension.HOUR, "23", "twitter", 1, 20_000),
    }
    assert (late.after.learned_rate, late.after.learned_at) == (0.02, PUBLISHED + timedelta(hours=49))


def test_a_rate_that_is_missing_or_comes_too_late_is_not_counted() -> None:
    rated, unrated = Metrics(likes=1, impressions=100), Metrics(likes=1)
    assert [len(reading.learned) for reading in read(rated, hours=[72.5])] == [0]
    assert [len(reading.learned) for reading in read(unrated, rated, hours=[49, 54])] == [0, 6]
    assert [len(reading.learned) for reading in read(rated, hours=[0], age=0)] == [6]


def test_a_post_without_a_style_teaches_nothing_about_styles() -> None:
    (reading,) = read(Metrics(likes=1, impressions=10), hours=[48], post=a_published_post(PUBLISHED, style=None))
    assert Dimension.STYLE not in {arm.dimension for arm in reading.learned}
    assert of(reading, Dimension.STYLE) == {}


def test_a_post_that_is_gone_keeps_what_it_earned_and_may_come_back() -> None:
    (first,) = read(Metrics(likes=4), hours=[1])
    deleted = gone(POST, first.after, job_id="job-9")
    assert (deleted.after.gone, deleted.after.next_read_at, deleted.after.metrics.likes) == (True, None, 4)
    assert (deleted.snapshot, deleted.gained, deleted.learned) == (None, {}, ())
    (back,) = read(Metrics(likes=5), hours=[2], before=deleted.after)
    assert not back.after.gone
    assert of(back, Dimension.ALL) == {(SUNDAY, "all"): Totals(likes=1)}
