"""Chooses the style of the next post: mostly what works best as far as is known, now and then anything, to learn.

Thompson sampling: each style is as likely to be chosen as it is to be the best one. With what is known growing, that
settles by itself; the share of exploration keeps every style measured, also when what works changes.
"""

from collections.abc import Mapping, Sequence
from random import Random
from statistics import NormalDist

from functions.shared.domain.measured.learn import beliefs_of
from functions.shared.domain.measured.model import Arm, Choice, Dimension
from functions.shared.domain.network import Network
from functions.shared.writing.posts.styles import STYLES

EXPLORATION = 0.1
"""The share of choices that are made among all styles alike."""

_DRAWS = 1000


def choose_style(network: Network, arms: Sequence[Arm], *, seed: str) -> Choice:
    """The style of one post, and the chance it had; equal arguments give equal choices."""
    random = Random(seed)  # noqa: S311  variety, not secrecy
    beliefs = beliefs_of(arms, Dimension.STYLE, network, tuple(STYLES))
    best = _chances_to_be_best(beliefs, random)
    alike = 1 / len(STYLES)
    explored = not beliefs or random.random() < EXPLORATION
    weights = [alike if explored else best[style] for style in STYLES]
    style = random.choices(list(STYLES), weights)[0]
    propensity = (1 - EXPLORATION) * best[style] + EXPLORATION * alike if beliefs else alike
    return Choice(style=style, propensity=propensity, explored=explored)


def _chances_to_be_best(beliefs: Mapping[str, NormalDist], random: Random) -> dict[str, float]:
    """The share of draws in which each style comes first; where several do, each of them in part."""
    wins = dict.fromkeys(STYLES, 0.0)
    for _ in range(_DRAWS if beliefs else 0):
        drawn = {style: random.gauss(belief.mean, belief.stdev) for style, belief in beliefs.items()}
        first = max(drawn.values())
        winners = [style for style, rate in drawn.items() if rate == first]
        for style in winners:
            wins[style] += 1 / len(winners)
    return {style: won / _DRAWS for style, won in wins.items()}
