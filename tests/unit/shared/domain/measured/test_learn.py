"""What posts teach: tables, and a simulation with known truth."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from functions.shared.domain.measured.arms import added, arm_key, arms_of
from functions.shared.domain.measured.forget import remembered
from functions.shared.domain.measured.learn import learnings_of
from functions.shared.domain.measured.model import Arm, Dimension, Learning, Measured, MonthlyArm
from functions.shared.domain.network import Network
from tests.support.measured import a_measured_post

MORNING = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


def arms(rates: Mapping[str, Sequence[float]], network: Network = Network.TWITTER) -> list[Arm]:
    """The arms of posts in these styles, with these rates, all tagged #tea and published between nine and ten."""
    return arms_of_posts(
        (a_measured_post(MORNING, style=style, network=network), rate) for style, each in rates.items() for rate in each
    )


def arms_of_posts(posts: Iterable[tuple[Measured, float]]) -> list[Arm]:
    found: dict[str, MonthlyArm] = {}
    for post, rate in posts:
        for arm in arms_of(post, rate):
            key = arm_key(arm)
            found[key] = added(found[key], arm) if key in found else arm
    return remembered(found.values(), MORNING)


def styles(learnings: Sequence[Learning]) -> dict[str, Learning]:
    return {learning.value: learning for learning in learnings if learning.dimension is Dimension.STYLE}


def test_a_learning_is_told_in_plain_words_with_its_posts_and_its_uncertainty() -> None:
    learnings = learnings_of(arms({"question": [0.028, 0.030, 0.032, 0.030], "news": [0.009, 0.010, 0.011, 0.010]}))
    assert [learning.statement for learning in learnings] == [
        "On twitter, posts in the style question earn 3% engagement "
        "(4 posts, likely 2.9% to 3.1%), against 2% overall.",
        "On twitter, posts in the style news earn 1% engagement (4 posts, likely 0.9% to 1.1%), against 2% overall.",
    ]
    assert [(each.is_better, each.is_worse) for each in learnings] == [(True, False), (False, True)]


def test_networks_hours_and_topics_are_told_apart_where_posts_differ_in_them() -> None:
    morning = a_measured_post(MORNING)
    evening = a_measured_post(MORNING.replace(hour=18), network=Network.BLUESKY, topics=("coffee",))
    late = a_measured_post(MORNING.replace(hour=21), topics=("milk",))
    rates = [(morning, 0.03), (evening, 0.01), (late, 0.02)]
    learnings = learnings_of(arms_of_posts(each for each in rates for _ in range(4)))
    assert [learning.statement.partition(" earn")[0] for learning in learnings] == [
        "On twitter, posts published between 09:00 and 09:59 UTC",
        "On twitter, posts tagged #tea",
        "Posts on twitter",
        "On twitter, posts published between 21:00 and 21:59 UTC",
        "On twitter, posts tagged #milk",
        "Posts on bluesky",
    ]


def test_what_all_posts_share_is_not_compared_with_itself() -> None:
    assert learnings_of(arms({"question": [0.02, 0.021, 0.019]})) == []


def test_nothing_is_learned_from_nothing_or_from_two_posts() -> None:
    assert learnings_of([]) == []
    found = styles(learnings_of(arms({"question": [0.5, 0.4], "news": [0.01, 0.02, 0.03]})))
    assert set(found) == {"news"}


@pytest.mark.parametrize("rates", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.02] * 40])
def test_every_rate_and_its_limits_are_within_zero_and_one(rates: list[float]) -> None:
    learnings = learnings_of(arms({"question": rates, "news": rates}))
    assert len(learnings) == 2
    for learning in learnings:
        assert 0 <= learning.low <= learning.rate <= learning.high <= 1


def test_few_posts_are_drawn_to_the_average_more_than_many() -> None:
    noisy = [0.0, 0.02, 0.04, 0.06]
    found = styles(learnings_of(arms({"few": [0.05, 0.07, 0.09], "many": [0.05, 0.07, 0.09] * 10, "rest": noisy * 6})))
    assert found["few"].overall < found["few"].rate < found["many"].rate < 0.07
    assert found["few"].high - found["few"].low > found["many"].high - found["many"].low
    assert (found["few"].is_better, found["many"].is_better) == (False, True)


def test_each_network_is_compared_with_itself() -> None:
    here = arms({"question": [0.02, 0.021, 0.019], "news": [0.01, 0.011, 0.009]})
    there = arms({"question": [0.2, 0.21, 0.19], "news": [0.3, 0.31, 0.29]}, Network.BLUESKY)
    everything = [arm for arm in here if arm.dimension is Dimension.ALL]
    learnings = learnings_of([*here, *(arm for arm in there if arm.dimension is not Dimension.ALL), *everything])
    found = {(each.network, each.value): each for each in learnings if each.dimension is Dimension.STYLE}
    assert found[Network.TWITTER, "question"].overall == pytest.approx(0.015)
    assert found[Network.BLUESKY, "question"].overall == pytest.approx(0.25)
    assert found[Network.TWITTER, "question"].is_better
    assert found[Network.BLUESKY, "question"].is_worse


def test_the_best_style_is_named_and_nine_intervals_of_ten_hold_the_truth() -> None:
    chance = random.Random(20261122)  # noqa: S311 - a simulation
    covered = intervals = named = surely_wrong = 0
    for _ in range(40):
        truth = {f"style-{number}": chance.uniform(0.015, 0.035) for number in range(5)}
        truth["best"] = 0.045
        rates = {
            style: [chance.betavariate(4, 4 / mean - 4) for _ in range(chance.randint(15, 40))]
            for style, mean in truth.items()
        }
        found = styles(learnings_of(arms(rates)))
        covered += sum(found[style].low <= mean <= found[style].high for style, mean in truth.items())
        intervals += len(truth)
        named += next(iter(found)) == "best"
        average = sum(truth.values()) / len(truth)
        surely_wrong += sum(found[style].is_better for style, mean in truth.items() if mean < average * 0.9)
    assert 0.85 <= covered / intervals <= 0.95
    assert named >= 38
    assert surely_wrong == 0
