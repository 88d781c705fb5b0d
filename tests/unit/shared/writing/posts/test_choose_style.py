"""Which style the next post gets, what its writer is told, and with what chance."""

from collections import Counter

import pytest

from functions.shared.domain.measured.learn import learnings_of
from functions.shared.domain.measured.model import Arm, Choice, Dimension, Learning
from functions.shared.domain.network import Network
from functions.shared.writing.posts.choose_style import EXPLORATION, choose_style
from functions.shared.writing.posts.lessons import lessons_for
from functions.shared.writing.posts.styles import STYLES
from tests.support.arms import NOW, arms_of

TWITTER = Network.TWITTER
# Questions do far better than lists; the others are in between.
BETWEEN = {style: [0.02, 0.03, 0.025] * 5 for style in ("number", "story", "claim")}
MEASURED = arms_of(TWITTER, style={"question": [0.06, 0.07, 0.065] * 5, "list": [0.01, 0.012, 0.011] * 5, **BETWEEN})


def choices(arms: list[Arm], count: int = 300) -> list[Choice]:
    return [choose_style(TWITTER, arms, seed=str(number)) for number in range(count)]


def test_without_data_every_style_has_the_same_chance() -> None:
    made = choices([], 200)
    assert {choice.style for choice in made} == set(STYLES)
    assert {(choice.propensity, choice.explored) for choice in made} == {(0.2, True)}


def test_what_works_elsewhere_teaches_nothing_here() -> None:
    assert choose_style(Network.LINKEDIN, MEASURED, seed="1").propensity == 0.2


def test_the_better_style_is_chosen_more_often_and_each_stays_possible() -> None:
    made = choices(MEASURED, 40)
    share = Counter(choice.style for choice in made)["question"] / len(made)
    assert share == pytest.approx(1 - EXPLORATION * 4 / 5, abs=0.1)
    assert {(choice.style == "question", round(choice.propensity, 6)) for choice in made} == {
        (True, 0.92),
        (False, 0.02),
    }
    assert all(choice.explored for choice in made if choice.style != "question")
    assert choose_style(TWITTER, MEASURED, seed="7") == choose_style(TWITTER, MEASURED, seed="7")


def test_a_style_nobody_has_tried_is_given_a_chance() -> None:
    arms = [arm for arm in MEASURED if arm.value in ("question", "list")]
    tried = next(made for seed in range(40) if (made := choose_style(TWITTER, arms, seed=str(seed))).style == "claim")
    assert tried.propensity > 0.1


def test_equal_rates_share_the_chance() -> None:
    arms = arms_of(TWITTER, style={style: [0.0] * 3 for style in STYLES})
    assert choose_style(TWITTER, arms, seed="1").propensity == pytest.approx(0.2, abs=0.05)


def test_a_writer_is_told_only_what_is_sure_on_its_network_and_not_the_hour() -> None:
    arms = [*MEASURED, *arms_of(TWITTER, hour={"07": [0.09] * 9, "20": [0.001] * 9}, topic={"tea": [0.03, 0.02, 0.04]})]
    told = lessons_for(TWITTER, learnings_of(arms))
    assert [(lesson.dimension, lesson.value, lesson.posts) for lesson in told][:2] == [
        (Dimension.STYLE, "question", 15),
        (Dimension.STYLE, "list", 15),
    ]
    assert {lesson.dimension for lesson in told} == {Dimension.STYLE}
    assert lessons_for(Network.LINKEDIN, learnings_of(arms)) == ()


def test_at_most_three_lessons_are_told_the_surest_first() -> None:
    sure = [
        Learning(
            dimension=Dimension.TOPIC,
            value=str(number),
            network=TWITTER,
            posts=9,
            since=NOW.date(),
            rate=rate,
            low=rate - 0.005,
            high=rate + 0.005,
            overall=0.05,
            statement=f"Number {number}.",
        )
        for number, rate in enumerate((0.06, 0.09, 0.02, 0.051, 0.07))
    ]
    assert [lesson.statement for lesson in lessons_for(TWITTER, sure)] == ["Number 1.", "Number 2.", "Number 4."]
    assert lessons_for(TWITTER, [sure[3]]) == (), "0.046 to 0.056 may well be the average"
