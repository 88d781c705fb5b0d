"""The crash sweep finds what it is there to find."""

import pytest

from tests.support.sweep import Crash, Duplicated, Lost, World, expect_once, survey, sweep

pytestmark = pytest.mark.usefixtures("fresh_clients")


def post_again_after_a_crash(world: World) -> None:
    made: list[str] = []
    world.survive(lambda: world.saboteur.around("post", lambda: made.append("post")))
    world.settle()
    expect_once(made, ["post"])


def forget_after_a_crash(world: World) -> None:
    made: list[str] = []
    try:
        world.saboteur.around("post", lambda: made.append("post"))
    except Crash:
        world.crashes += 1
    world.settle()
    expect_once(made, ["post"])


def test_what_is_done_again_after_it_took_effect_is_found_as_a_duplicate() -> None:
    found = survey(post_again_after_a_crash)
    assert found.points >= 2
    assert list(found.wrong) == ["after call 1, post"]
    assert found.count(Duplicated) == 1


def test_what_is_not_done_again_is_found_as_lost() -> None:
    found = survey(forget_after_a_crash)
    assert list(found.wrong) == ["before call 1, post"]
    assert found.count(Lost) == 1


def test_a_sweep_that_found_harm_fails_and_says_where() -> None:
    with pytest.raises(AssertionError, match="a crash before call 1, post: Lost"):
        sweep(forget_after_a_crash)
