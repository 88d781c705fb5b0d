"""What is forgotten and when, and by simulation with known truth: what that gains where things change, and costs."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from functions.shared.domain.measured.arms import added, arm_key, arms_of, month_of
from functions.shared.domain.measured.forget import HALF_LIFE, KEPT, expiry_of, oldest_month, remembered, weight_of
from functions.shared.domain.measured.learn import beliefs_of, learnings_of
from functions.shared.domain.measured.model import Arm, Dimension, MonthlyArm
from functions.shared.domain.network import Network
from functions.shared.writing.posts.choose_style import EXPLORATION
from tests.support.measured import a_measured_post

START = datetime(2025, 1, 1, tzinfo=UTC)
NEVER = timedelta.max
STYLES = ("number", "question", "story", "claim", "list")
Truth = Sequence[dict[str, float]]


@dataclass
class Memory:
    """Monthly arms in memory, of which a memory that never forgets keeps all."""

    half_life: timedelta
    months: dict[tuple[date, str], MonthlyArm] = field(default_factory=dict)

    def learn(self, published_at: datetime, style: str, rate: float) -> None:
        post = a_measured_post(published_at, style=style, topics=())
        for arm in arms_of(post, rate):
            key = (arm.month, arm_key(arm))
            self.months[key] = added(self.months[key], arm) if key in self.months else arm

    def arms(self, at: datetime) -> list[Arm]:
        first = date.min if self.half_life is NEVER else oldest_month(at)
        return remembered((arm for arm in self.months.values() if arm.month >= first), at, self.half_life)


def test_a_month_counts_in_full_until_it_is_over_and_then_half_as_much_for_each_half_life() -> None:
    december, turn = date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)
    ages = (-timedelta(days=20), timedelta(), HALF_LIFE, 3 * HALF_LIFE)
    assert [weight_of(december, turn + age) for age in ages] == [1, 1, 0.5, 0.125]
    assert expiry_of(december) == turn + KEPT
    assert month_of(turn - timedelta(microseconds=1)) == december
    assert month_of(datetime.fromisoformat("2027-01-01T00:30:00+01:00")) == december, "a month is UTC's"


@pytest.mark.parametrize("day", [0, 27, 28, 30, 58, 59, 89, 179, 180, 181, 364, 500])
def test_a_month_is_read_for_as_long_as_it_is_kept(day: int) -> None:
    at = START + timedelta(days=day)
    oldest = oldest_month(at)
    assert expiry_of(oldest) > at >= expiry_of((oldest - timedelta(days=1)).replace(day=1))


def test_posts_that_count_less_make_a_rate_less_sure_though_their_number_is_told() -> None:
    def learned(months: Iterable[int]) -> tuple[int, float, float]:
        memory = Memory(HALF_LIFE)
        for month in months:
            for rate in (0.02, 0.03, 0.04):
                for style in ("question", "news"):
                    memory.learn(datetime(2026, month, 5, tzinfo=UTC), style, rate)
        arms = memory.arms(datetime(2026, 11, 22, tzinfo=UTC))
        found = next(each for each in learnings_of(arms) if each.dimension is Dimension.STYLE)
        effective = next(arm.effective for arm in arms if arm.dimension is Dimension.STYLE)
        return found.posts, effective, found.high - found.low

    now, mixed = learned([11, 11, 11]), learned([11, 8, 6])
    assert now[:2] == (9, 9)
    assert mixed[0] == 9
    assert 6 < mixed[1] < 8
    assert mixed[2] > now[2]


def regret(seed: int, truth: Truth, half_life: timedelta) -> float:
    """The share of the best rate that is lost by a post a day, chosen as choose_style does and learned two days on."""
    chance, memory = random.Random(seed), Memory(half_life)  # noqa: S311 - a simulation
    rates: list[tuple[datetime, str, float]] = []
    lost = best = 0.0
    for day, means in enumerate(truth):
        at = START + timedelta(days=day)
        if day >= 2:
            memory.learn(*rates[day - 2])
        beliefs = beliefs_of(memory.arms(at), Dimension.STYLE, Network.TWITTER, STYLES)
        drawn = {style: chance.gauss(belief.mean, belief.stdev) for style, belief in beliefs.items()}
        explored = not drawn or chance.random() < EXPLORATION
        style = chance.choice(STYLES) if explored else max(drawn, key=drawn.__getitem__)
        rates.append((at, style, _rate(chance, means[style])))
        lost += max(means.values()) - means[style]
        best += max(means.values())
    return lost / best


def world(seed: int, days: int, *, changes: bool) -> Truth:
    """The mean rates of each day; where it changes, the best style and another change places every half a year."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    means = {style: chance.uniform(0.015, 0.035) for style in STYLES} | {chance.choice(STYLES): 0.045}
    truth = []
    for day in range(days):
        if changes and day and day % 182 == 0:
            best = max(means, key=means.__getitem__)
            other = chance.choice([style for style in STYLES if style != best])
            means = means | {best: means[other], other: means[best]}
        truth.append(means)
    return truth


def test_where_what_works_changes_forgetting_loses_less_and_little_more_where_nothing_does() -> None:
    lost: dict[tuple[bool, timedelta], list[float]] = defaultdict(list)
    for seed in range(5):
        for changes in (True, False):
            truth = world(seed, 540, changes=changes)
            for half_life in (HALF_LIFE, NEVER):
                lost[changes, half_life].append(regret(seed, truth, half_life))
    mean = {kind: sum(values) / len(values) for kind, values in lost.items()}
    assert mean[True, HALF_LIFE] < 0.8 * mean[True, NEVER]
    assert mean[False, HALF_LIFE] < mean[False, NEVER] + 0.04


def test_nine_intervals_of_ten_hold_the_truth_over_a_year_and_more_than_without_forgetting_where_it_changes() -> None:
    covered: dict[tuple[bool, timedelta], list[bool]] = defaultdict(list)
    for seed in range(30):
        chance = random.Random(seed)  # noqa: S311 - a simulation
        for changes in (True, False):
            truth = world(seed, 330, changes=changes)
            memories = Memory(HALF_LIFE), Memory(NEVER)
            for day, means in enumerate(truth):
                style = chance.choice(STYLES)
                rate = _rate(chance, means[style])
                for memory in memories:
                    memory.learn(START + timedelta(days=day), style, rate)
            for memory in memories:
                learnings = learnings_of(memory.arms(START + timedelta(days=330)))
                covered[changes, memory.half_life] += [
                    each.low <= truth[-1][each.value] <= each.high
                    for each in learnings
                    if each.dimension is Dimension.STYLE
                ]
    share = {kind: sum(held) / len(held) for kind, held in covered.items()}
    assert 0.85 <= share[False, HALF_LIFE] <= 0.95
    assert share[True, HALF_LIFE] > share[True, NEVER] + 0.05


def _rate(chance: random.Random, mean: float) -> float:
    return chance.betavariate(4, 4 / mean - 4)
