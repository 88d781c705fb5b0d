"""What one post's rate adds to the arms, and how arms add up. Decision 0017."""

from datetime import UTC, date, datetime

from functions.shared.domain.measured.model import Arm, Dimension, Measured, MonthlyArm

EVERYTHING = "all"
"""The one value of the dimension `all`."""

MILLION = 1_000_000


def month_of(at: datetime) -> date:
    """The first day of the month, in UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def values_of(post: Measured) -> list[tuple[Dimension, str]]:
    """What a post counts for: everything, its network, its style, each of its topics, and its hour (UTC, `00`)."""
    values = [(Dimension.ALL, EVERYTHING), (Dimension.NETWORK, post.network.value)]
    if post.style is not None:
        values.append((Dimension.STYLE, post.style))
    values += [(Dimension.TOPIC, topic) for topic in dict.fromkeys(post.topics)]
    return [*values, (Dimension.HOUR, f"{post.published_at.astimezone(UTC):%H}")]


def arms_of(post: Measured, rate: float) -> list[MonthlyArm]:
    """What a post with this rate at the fixed age adds to the month of its publication."""
    millionths = round(rate * MILLION)
    return [
        MonthlyArm(
            dimension=dimension,
            value=value,
            network=None if dimension in (Dimension.ALL, Dimension.NETWORK) else post.network,
            month=month_of(post.published_at),
            posts=1,
            sum_millionths=millionths,
            sum_squared_millionths=millionths**2,
        )
        for dimension, value in values_of(post)
    ]


def added(arm: MonthlyArm, more: MonthlyArm) -> MonthlyArm:
    """An arm with what `more`, of the same value and month, adds."""
    return arm.model_copy(
        update={
            "posts": arm.posts + more.posts,
            "sum_millionths": arm.sum_millionths + more.sum_millionths,
            "sum_squared_millionths": arm.sum_squared_millionths + more.sum_squared_millionths,
        }
    )


def arm_key(arm: MonthlyArm | Arm) -> str:
    """Tells an arm from all others of its organisation, and of its month."""
    return f"{arm.dimension}#{arm.network or ''}#{arm.value}"
