"""What posts teach: which networks, styles, topics and hours earn more engagement than posts do on average.

An empirical Bayes estimate of a random effects model. The values of one dimension on one network are a family: their
posts vary alike around the mean of their value (the pooled variance), and the means vary around that of all posts.
A value's mean is drawn to that of all posts, by as much as chance alone explains of the differences in the family.
The older a post, the less it counts (forget.py): a mean is as sure as its effective number of posts makes it.
Decision 0016.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from functions.shared.domain.figures import percent
from functions.shared.domain.measured.model import Arm, Dimension, Learning
from functions.shared.domain.network import Network

FEWEST_POSTS = 3
"""Fewer posts than these teach nothing."""

_PROBABILITY = 0.9
_MOST_WEIGHT = 12.0
_LEAST_DEVIATION = 0.05
# Less is a rounding error.
_NONE = 1e-9

_Family = tuple[Dimension, Network | None]


def learnings_of(arms: Sequence[Arm]) -> list[Learning]:
    """What the arms of an organisation teach, best first: by how far the rate is above that of all posts.

    A value that all posts share teaches nothing: it would be compared with itself.
    """
    everything = _of_all(arms)
    families: dict[_Family, list[Arm]] = defaultdict(list)
    for arm in arms:
        if arm.dimension is not Dimension.ALL and arm.posts:
            families[arm.dimension, arm.network].append(arm)
    learnings = [
        _learning(arm, spread)
        for (_, network), family in families.items()
        for spread in [_spread(family, _overall(everything, network, family))]
        for arm in family
        if arm.posts >= FEWEST_POSTS and not _is_all(arm, everything)
    ]
    return sorted(learnings, key=lambda each: (each.overall - each.rate, -each.posts, each.dimension, each.value))


def beliefs_of(
    arms: Sequence[Arm], dimension: Dimension, network: Network | None, values: Sequence[str]
) -> dict[str, NormalDist]:
    """What is believed of the mean rate of each of these values, also of those that few posts or none have tried.

    Empty when nothing at all was measured in this dimension on this network.
    """
    family = {arm.value: arm for arm in arms if (arm.dimension, arm.network) == (dimension, network) and arm.posts}
    if not family:
        return {}
    measured = list(family.values())
    spread = _spread(measured, _overall(_of_all(arms), network, measured))
    return {value: _belief(family.get(value), spread) for value in values}


def _of_all(arms: Iterable[Arm]) -> dict[Network | None, Arm]:
    """The arm of all posts of each network, and under None that of all posts."""
    return {
        Network(arm.value) if arm.dimension is Dimension.NETWORK else None: arm
        for arm in arms
        if arm.posts and arm.dimension in (Dimension.ALL, Dimension.NETWORK)
    }


def _overall(everything: Mapping[Network | None, Arm], network: Network | None, family: Sequence[Arm]) -> float:
    """The mean rate that a family's are compared with."""
    return everything[network].mean if network in everything else _mean_of(family)


def _is_all(arm: Arm, everything: Mapping[Network | None, Arm]) -> bool:
    return arm.network in everything and arm.posts >= everything[arm.network].posts


@dataclass(frozen=True, slots=True)
class _Spread:
    """How the rates of a family are spread: around `overall`, with this variance within a value.

    `weight` is how many posts of average rate each value's mean is mixed with. `freedom` is how many rates the
    variance is estimated from. `doubt` is the variance of `overall` itself.
    """

    overall: float
    variance: float
    weight: float
    freedom: float
    doubt: float


def _spread(family: Sequence[Arm], overall: float) -> _Spread:
    posts = sum(arm.effective for arm in family)
    freedom = posts - len(family)
    # Rates that happen to be equal are not certain to be: a deviation of a twentieth of the mean is assumed at least.
    least = (overall * _LEAST_DEVIATION) ** 2
    variance = max(sum(arm.squares for arm in family) / freedom, least) if freedom > _NONE else overall**2
    between = _variance_between(family, variance)
    weight = min(variance / between, _MOST_WEIGHT) if between > 0 else _MOST_WEIGHT
    doubt = variance / posts + between / len(family)
    return _Spread(overall=overall, variance=variance, weight=weight, freedom=max(freedom, 1.0), doubt=doubt)


def _variance_between(family: Sequence[Arm], variance: float) -> float:
    """The variance of the true means, by the method of moments (DerSimonian and Laird, 1986); 0 where none is seen."""
    posts = sum(arm.effective for arm in family)
    middle = _mean_of(family)
    seen = sum(arm.effective * (arm.mean - middle) ** 2 for arm in family)
    scale = posts - sum(arm.effective**2 for arm in family) / posts
    return max((seen - (len(family) - 1) * variance) / scale, 0.0) if scale > _NONE else 0.0


def _learning(arm: Arm, spread: _Spread) -> Learning:
    belief = _belief(arm, spread)
    rate, margin = belief.mean, _quantile(spread.freedom) * belief.stdev
    low, high = max(rate - margin, 0.0), min(rate + margin, 1.0)
    return Learning(
        dimension=arm.dimension,
        value=arm.value,
        network=arm.network,
        posts=arm.posts,
        since=arm.since,
        rate=rate,
        low=low,
        high=high,
        overall=spread.overall,
        statement=(
            f"{_subject(arm)} earn {_percent(rate)} engagement ({arm.posts} posts, likely {_percent(low)} to "
            f"{_percent(high)}), against {_percent(spread.overall)} overall."
        ),
    )


def _belief(arm: Arm | None, spread: _Spread) -> NormalDist:
    """The mean rate of an arm, drawn towards that of all; None for a value that no post has tried."""
    posts, mean = (arm.effective, arm.mean) if arm is not None else (0.0, spread.overall)
    drawn = spread.weight / (posts + spread.weight)
    variance = spread.variance / (posts + spread.weight) + drawn**2 * spread.doubt
    return NormalDist((1 - drawn) * mean + drawn * spread.overall, math.sqrt(variance))


def _quantile(freedom: float) -> float:
    """Student's t for the two-sided interval, by the first two terms of its expansion around the normal quantile."""
    z = NormalDist().inv_cdf((1 + _PROBABILITY) / 2)
    first = (z**3 + z) / 4 / freedom
    return z + first + (5 * z**5 + 16 * z**3 + 3 * z) / 96 / freedom**2


def _subject(arm: Arm) -> str:
    if arm.dimension is Dimension.NETWORK:
        return f"Posts on {arm.value}"
    if arm.dimension is Dimension.HOUR:
        return f"On {arm.network}, posts published between {arm.value}:00 and {arm.value}:59 UTC"
    about = f"in the style {arm.value}" if arm.dimension is Dimension.STYLE else f"tagged #{arm.value}"
    return f"On {arm.network}, posts {about}"


def _mean_of(arms: Iterable[Arm]) -> float:
    counted = list(arms)
    return sum(arm.effective * arm.mean for arm in counted) / sum(arm.effective for arm in counted)


def _percent(rate: float) -> str:
    """To a tenth of a percent."""
    return percent(Decimal(rate).quantize(Decimal("0.001")))
