"""A misspelt setting is noticed, because its default would stay in force: posts would go to X instead of a stand-in."""

import pytest

from infra.fleet import FLEET
from infra.misspelt import misspelt


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("FLYWHEEL_X_API_BASE", "FLYWHEEL_X_API_BASE_URL"),
        ("FLYWHEEL_RETRY_DELAY", "FLYWHEEL_RETRY_DELAYS"),
        ("FLYWHEEL_LOOPBACK_SOURCE", "FLYWHEEL_LOOPBACK_SOURCES"),
        ("FLYWHEEL_OPENAI_KEY", "FLYWHEEL_OPENAI_API_KEY"),
    ],
)
def test_a_setting_that_nothing_reads_is_named_with_the_one_that_was_meant(name: str, meant: str) -> None:
    assert misspelt([name]) == [f"{name} is no setting and does nothing; did you mean {meant}?"]


def test_one_that_resembles_none_is_named_all_the_same() -> None:
    told = "FLYWHEEL_COLOUR is no setting and does nothing; the README lists those there are."
    assert misspelt(["PATH", "FLYWHEEL_COLOUR"]) == [told]


def test_what_there_is_is_not_named() -> None:
    of_the_stack = [f"FLYWHEEL_{name}" for plan in FLEET for name in plan.settings]
    others = ["PORT", "DEMO_PAGE", "DEMO_FEED", "OPENAI_API_KEY", "X_CLIENT_ID", "X_CLIENT_SECRET", "SITE_URL"]
    assert misspelt([*of_the_stack, *(f"FLYWHEEL_{name}" for name in others)]) == []
