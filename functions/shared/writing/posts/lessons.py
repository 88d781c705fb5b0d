"""What the next post's writer is told of what was learned."""

from collections.abc import Sequence

from functions.shared.domain.measured.model import Dimension, Learning, Lesson
from functions.shared.domain.network import Network

_MOST = 3
# Hours are for whoever plans posts: a writer can do nothing about them.
_TOLD = (Dimension.STYLE, Dimension.TOPIC)


def lessons_for(network: Network, learnings: Sequence[Learning]) -> tuple[Lesson, ...]:
    """The few that surely work better or worse on this network than posts do there on average, the surest first."""
    sure = [
        learning
        for learning in learnings
        if learning.network is network and learning.dimension in _TOLD and (learning.is_better or learning.is_worse)
    ]
    return tuple(
        Lesson(dimension=each.dimension, value=each.value, statement=each.statement, posts=each.posts)
        for each in sorted(sure, key=_distance, reverse=True)[:_MOST]
    )


def _distance(learning: Learning) -> float:
    """How far the near end of what is likely is from the average."""
    return max(learning.low - learning.overall, learning.overall - learning.high)
