"""What worked long ago counts less: an arm is kept by the month, and a month counts the less the longer it is over.

What works changes. A sum over all time is slow to see that, the slower the more posts it holds; a style that won a
year ago would be written for months after it has stopped to win. Decision 0017.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from functions.shared.domain.measured.arms import MILLION, arm_key, month_of
from functions.shared.domain.measured.model import Arm, MonthlyArm

HALF_LIFE = timedelta(days=60)
"""A month's posts count in full until it is over, and half as much for each half-life after that.

A discount of 0.99 a post, which simulations of such choices favour, is a half-life of 69 posts: 60 days at a little
more than a post a day on a network. decisions/0017 compares it with others, with and without drift.
"""

KEPT = 3 * HALF_LIFE
"""A month counts for so long after its end, down to an eighth; then it is neither read nor kept."""


def oldest_month(at: datetime) -> date:
    """The oldest month that still counts."""
    month = month_of(at)
    while expiry_of(earlier := (month - timedelta(days=1)).replace(day=1)) > at:
        month = earlier
    return month


def expiry_of(month: date) -> datetime:
    """When a month stops counting."""
    return _end(month) + KEPT


def weight_of(month: date, at: datetime, half_life: timedelta = HALF_LIFE) -> float:
    """How much a post of this month counts; 1 for one of a month that is not over."""
    return float(0.5 ** (max(at - _end(month), timedelta()) / half_life))


def remembered(months: Iterable[MonthlyArm], at: datetime, half_life: timedelta = HALF_LIFE) -> list[Arm]:
    """The arms that these months make together at that time, each with what its posts still count for."""
    by_value: dict[str, list[MonthlyArm]] = defaultdict(list)
    for month in months:
        if month.posts:
            by_value[arm_key(month)].append(month)
    return [_together(arms, [weight_of(arm.month, at, half_life) for arm in arms]) for arms in by_value.values()]


def _together(arms: Sequence[MonthlyArm], weights: Sequence[float]) -> Arm:
    pairs = list(zip(arms, weights, strict=True))
    weight = sum(each * arm.posts for arm, each in pairs)
    effective = weight**2 / sum(each**2 * arm.posts for arm, each in pairs)  # Kish, 1965
    mean = min(sum(each * arm.sum_millionths for arm, each in pairs) / weight, float(MILLION))
    squares = sum(each * _squares_around(mean, arm) for arm, each in pairs)
    return Arm(
        dimension=arms[0].dimension,
        value=arms[0].value,
        network=arms[0].network,
        posts=sum(arm.posts for arm in arms),
        since=min(arm.month for arm in arms),
        effective=effective,
        mean=mean / MILLION,
        squares=squares * effective / weight / MILLION**2,
    )


def _squares_around(mean: float, arm: MonthlyArm) -> float:
    """The sum of squared deviations from `mean`, as those from the arm's own mean, which are exact, and the rest."""
    within = arm.sum_squared_millionths * arm.posts - arm.sum_millionths**2
    return within / arm.posts + arm.posts * (arm.sum_millionths / arm.posts - mean) ** 2


def _end(month: date) -> datetime:
    """The moment at which a month is over."""
    following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return datetime.combine(following, time(), UTC)
