"""How close two runs come, at midnight, on the days of one date and the next, and where a zone changes its clocks."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.shared.kernel.schedules.expression import parse_expression
from functions.shared.kernel.schedules.too_close import too_close
from functions.shared.kernel.schedules.upcoming import upcoming

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FLOOR = timedelta(minutes=15)


def gap(expression: str, timezone: str = "UTC") -> int | None:
    found = too_close(parse_expression(expression), timezone, after=NOON, floor=FLOOR)
    return None if found is None else int(found.total_seconds() // 60)


@pytest.mark.parametrize(
    ("expression", "timezone", "minutes"),
    [
        ("rate(14 minutes)", "UTC", 14),
        ("rate(15 minutes)", "UTC", None),
        ("0/15 * * * ? *", "Australia/Lord_Howe", None),
        ("0,14 3 1 1 ? *", "UTC", 14),
        ("0,50 0,23 * * ? *", "UTC", 10),
        ("0,50 0,23 1,15 * ? *", "UTC", None),
        ("0,50 0,23 1,31 * ? *", "UTC", 10),
        ("0,50 0,23 ? * SUN,MON *", "UTC", 10),
        ("0,50 0,23 ? * MON,WED *", "UTC", None),
        ("0,50 0,23 1,29 2,3 ? *", "UTC", 10),
        ("50 1,3 * * ? *", "Europe/Berlin", None),
        ("0,50 1,3 * * ? *", "UTC", None),
        ("0,50 1,3 * * ? *", "Europe/Berlin", 10),
        ("0,50 1,3 * 7 ? *", "Europe/Berlin", None),
        ("0,50 1,3 ? * MON *", "Europe/Berlin", None),
        ("0,50 1,3 ? * SUN *", "Europe/Berlin", 10),
        ("0,50 1,3 ? * SUN *", "America/New_York", 10),
    ],
)
def test_the_closest_two_runs_are_judged(expression: str, timezone: str, minutes: int | None) -> None:
    assert gap(expression, timezone) == minutes


@settings(max_examples=40, deadline=None)
@given(
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=2),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=3),
    timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_it_finds_what_two_years_of_runs_show(minutes: set[int], hours: set[int], timezone: str) -> None:
    text = f"{','.join(map(str, sorted(minutes)))} {','.join(map(str, sorted(hours)))} * * ? *"
    rule = parse_expression(text)
    runs = upcoming(rule, timezone, after=NOON, since=NOON, count=2 * 366 * len(minutes) * len(hours))
    shown = any(later - earlier < FLOOR for earlier, later in itertools.pairwise(runs))
    assert (gap(text, timezone) is not None) == shown
