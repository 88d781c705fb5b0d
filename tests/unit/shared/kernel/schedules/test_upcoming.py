"""Next runs, against AWS's documented rules. Expected moments are local, with their offset from UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.kernel.schedules.expression import parse_expression
from functions.shared.kernel.schedules.upcoming import upcoming, zone

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def runs(expression: str, timezone: str = "UTC", after: datetime = NOON, count: int = 3) -> list[str]:
    found = upcoming(parse_expression(expression), timezone, after=after, since=after, count=count)
    assert all(moment.tzinfo is UTC for moment in found)
    return [moment.astimezone(zone(timezone)).isoformat(timespec="minutes") for moment in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * ? *", ["2026-11-22T12:01", "2026-11-22T12:02", "2026-11-22T12:03"]),
        ("0 12 * * ? *", ["2026-11-23T12:00", "2026-11-24T12:00", "2026-11-25T12:00"]),
        ("5/20 23 * * ? *", ["2026-11-22T23:05", "2026-11-22T23:25", "2026-11-22T23:45"]),
        ("0 9 ? * MON-FRI *", ["2026-11-23T09:00", "2026-11-24T09:00", "2026-11-25T09:00"]),
        ("0 9 ? * 1 *", ["2026-11-29T09:00", "2026-12-06T09:00", "2026-12-13T09:00"]),
        ("0 9 L * ? *", ["2026-11-30T09:00", "2026-12-31T09:00", "2027-01-31T09:00"]),
        ("0 9 31 * ? *", ["2026-12-31T09:00", "2027-01-31T09:00", "2027-03-31T09:00"]),
        # 28 November 2026 is a Saturday, 31 October 2027 a Sunday and the month's last day, 1 May 2027 a Saturday.
        ("0 9 28W 11 ? *", ["2026-11-27T09:00", "2027-11-29T09:00", "2028-11-28T09:00"]),
        ("0 9 31W 10 ? 2027", ["2027-10-29T09:00"]),
        ("0 9 1W 5 ? 2027", ["2027-05-03T09:00"]),
        ("0 9 ? * 6L *", ["2026-11-27T09:00", "2026-12-25T09:00", "2027-01-29T09:00"]),
        ("0 9 ? * TUE#2 *", ["2026-12-08T09:00", "2027-01-12T09:00", "2027-02-09T09:00"]),
        ("0 9 ? * MON#5 *", ["2026-11-30T09:00", "2027-03-29T09:00", "2027-05-31T09:00"]),
        ("0 0 29 2 ? *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("0 0 29 2 ? 2097-2104", ["2104-02-29T00:00"]),
        ("0 0 30 2 ? *", []),
        ("0 0 1 1 ? 2025", []),
        ("0 0 ? 2 MON#5 *", ["2044-02-29T00:00", "2072-02-29T00:00", "2112-02-29T00:00"]),
    ],
)
def test_each_kind_of_field_means_what_aws_says(expression: str, expected: list[str]) -> None:
    assert runs(expression) == [f"{moment}+00:00" for moment in expected]


def test_a_local_time_that_the_clock_leaves_out_is_skipped() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)  # on 29 March, Berlin's 02:00 becomes 03:00
    assert runs("30 2 * * ? *", "Europe/Berlin", before) == [
        "2026-03-30T02:30+02:00",
        "2026-03-31T02:30+02:00",
        "2026-04-01T02:30+02:00",
    ]
    assert runs("0 * * * ? *", "Europe/Berlin", datetime(2026, 3, 29, 0, tzinfo=UTC))[:2] == [
        "2026-03-29T03:00+02:00",
        "2026-03-29T04:00+02:00",
    ]


def test_a_local_time_that_the_clock_repeats_runs_once() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)  # on 25 October, Berlin's 03:00 becomes 02:00
    assert runs("30 2 * * ? *", "Europe/Berlin", before) == [
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
        "2026-10-27T02:30+01:00",
    ]
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # after the first 02:30, before the second
    assert runs("30 2 * * ? *", "Europe/Berlin", between)[0] == "2026-10-26T02:30+01:00"


def test_nine_oclock_stays_nine_oclock_when_summer_time_ends() -> None:
    before = datetime(2026, 10, 31, 20, tzinfo=UTC)
    assert runs("0 9 * * ? *", "America/New_York", before, count=2) == [
        "2026-11-01T09:00-05:00",
        "2026-11-02T09:00-05:00",
    ]


def test_a_day_that_a_zone_left_out_is_skipped() -> None:
    before = datetime(2011, 12, 29, 20, tzinfo=UTC)  # Samoa had no 30 December 2011
    assert runs("0 12 * * ? *", "Pacific/Apia", before, count=2) == [
        "2011-12-29T12:00-10:00",
        "2011-12-31T12:00+14:00",
    ]


def test_a_rate_counts_from_when_the_schedule_was_set() -> None:
    expression = parse_expression("rate(6 hours)")
    since = NOON - timedelta(hours=13)
    found = upcoming(expression, "UTC", after=NOON, since=since, count=2)
    assert found == [NOON + timedelta(hours=5), NOON + timedelta(hours=11)]
    assert upcoming(expression, "UTC", after=since, since=since, count=1) == [since + timedelta(hours=6)]
    assert upcoming(expression, "UTC", after=since - timedelta(minutes=15), since=since, count=1) == [
        since + timedelta(hours=6)
    ]


@given(
    after=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2037, 1, 1)),  # noqa: DTZ001 - made aware below
    timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    expression=st.sampled_from(["*/20 * * * ? *", "30 1-3 * * ? *", "15 2 L * ? *", "0 2 ? * SUN *"]),
)
def test_runs_come_in_order_after_now_at_local_times_that_match(
    after: datetime, timezone: str, expression: str
) -> None:
    moment = after.replace(tzinfo=UTC)
    found = upcoming(parse_expression(expression), timezone, after=moment, since=moment, count=5)
    assert found == sorted(set(found))
    assert all(run > moment for run in found)
    local = [run.astimezone(zone(timezone)).replace(tzinfo=None) for run in found]
    assert len(set(local)) == len(local)
    minutes = {int(part) for part in ([0, 20, 40] if "/20" in expression else [expression.split()[0]])}
    assert {run.minute for run in local} <= minutes
