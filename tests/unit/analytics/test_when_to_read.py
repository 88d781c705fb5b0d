"""When posts' counts are read."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.analytics.when_to_read import Rhythm

PUBLISHED = datetime(2026, 11, 1, 10, 20, tzinfo=UTC)


def reads(rhythm: Rhythm, *, days: float, late_minutes: float = 2) -> list[timedelta]:
    """The ages a post is read at, with a tick on every full hour and a read some minutes later."""
    found: list[timedelta] = []
    due: datetime | None = PUBLISHED
    tick = PUBLISHED.replace(minute=0)
    while tick < PUBLISHED + timedelta(days=days):
        tick += timedelta(hours=1)
        now = tick + timedelta(minutes=late_minutes)
        if due is not None and due <= now:
            found.append(now - PUBLISHED)
            due = rhythm.next_read(PUBLISHED, now)
    return found


def test_reads_thin_out_with_age_and_end() -> None:
    ages = [age / timedelta(hours=1) for age in reads(Rhythm(), days=60)]
    between = {
        "first day": [age for age in ages if age < 24],
        "to day 3": [age for age in ages if 24 <= age < 72],
        "to day 14": [age for age in ages if 72 <= age < 14 * 24],
        "to day 30": [age for age in ages if 14 * 24 <= age < 30 * 24],
        "after": [age for age in ages if age >= 30 * 24],
    }
    counts = {name: len(found) for name, found in between.items()}
    assert counts == {"first day": 6, "to day 3": 4, "to day 14": 4, "to day 30": 3, "after": 0}


@pytest.mark.parametrize("hours", [0, 5, 47.9, 48, 100, 400])
@pytest.mark.parametrize("late_minutes", [0, 9, 25])
def test_there_is_a_read_within_an_hour_or_so_of_the_fixed_age(hours: float, late_minutes: float) -> None:
    rhythm = Rhythm(fixed_age=timedelta(hours=hours))
    at = [age for age in reads(rhythm, days=30, late_minutes=late_minutes) if age >= rhythm.fixed_age]
    assert rhythm.counts(PUBLISHED, PUBLISHED + at[0])
    assert at[0] - rhythm.fixed_age < timedelta(minutes=61 + late_minutes)


@pytest.mark.parametrize(("hours", "counts"), [(0, False), (47.99, False), (48, True), (72, True), (72.01, False)])
def test_only_a_read_at_the_fixed_age_or_within_a_day_after_counts(hours: float, counts: bool) -> None:
    assert Rhythm().counts(PUBLISHED, PUBLISHED + timedelta(hours=hours)) is counts
