import pytest

from functions.shared.kernel.schedules.cron import BadExpression
from functions.shared.kernel.schedules.expression import parse_expression
from functions.shared.kernel.schedules.upcoming import UnknownZone, zone


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("cron(0 9 * * ? *)", "cron(0 9 * * ? *)"),
        ("0 9 ? * mon-fri *", "cron(0 9 ? * MON-FRI *)"),
        ("  Cron( 0   9 L * ? * ) ", "cron(0 9 L * ? *)"),
        ("*/15 8-18/2 1,15 JAN-JUN ? 2026-2030", "cron(*/15 8-18/2 1,15 JAN-JUN ? 2026-2030)"),
        ("0 9 15W * ? *", "cron(0 9 15W * ? *)"),
        ("0 9 ? * 6L *", "cron(0 9 ? * 6L *)"),
        ("0 9 ? * L *", "cron(0 9 ? * L *)"),
        ("0 9 ? * WED#5 *", "cron(0 9 ? * WED#5 *)"),
        ("rate(1 minutes)", "rate(1 minute)"),
        ("RATE(6 hour)", "rate(6 hours)"),
        ("rate( 2 days )", "rate(2 days)"),
    ],
)
def test_every_spelling_becomes_the_one_the_scheduler_is_given(given: str, text: str) -> None:
    assert parse_expression(given).text == text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("*/5 * * * *", r"Unix; AWS's cron has 6: .*Write `cron\(\*/5 \* \* \* \? \*\)`"),
        ("0 9 * * 1-5", r"Unix.*Write `cron\(0 9 \? \* 2-6 \*\)`"),
        ("0 9 * * 0", r"Unix.*Write `cron\(0 9 \? \* 1 \*\)`"),
        ("0 9 1 * 1", "Unix.*the other must be \\?"),
        ("99 9 * * *", "Unix.*Write it for example"),
        ("* * * * * *", r"day-of-month .* and day-of-week .*exactly one of the two must be \?.*the most often is"),
        ("0 9 ? * ? *", r"exactly one of the two must be \?"),
        ("* * * * * ?", "year: .*without seconds"),
        ("0/10 * * * * ? *", "7 fields; .*without seconds"),
        ("hello", "1 fields"),
        ("60 9 * * ? *", "minutes: `60` is not 0-59"),
        ("0 24 * * ? *", "hours: `24` is not 0-23"),
        ("0 9 0 * ? *", "day-of-month: `0` is not 1-31"),
        ("0 9 * FOO ? *", "month: `FOO` is not 1-12 or JAN-DEC"),
        ("0 9 ? * 8 *", "day-of-week: `8` is not 1-7 or SUN-SAT"),
        ("0 9 ? * 0-4 *", "day-of-week: .*counts from 0, as in Unix; here 1 is Sunday"),
        ("0 9 * * ? 1969", "year: `1969` is not 1970-2199"),
        ("30-10 9 * * ? *", "minutes: `30-10` ends before it begins"),
        ("*/0 9 * * ? *", "minutes: `\\*/0` needs a step of 1 to 59"),
        ("*/90 9 * * ? *", "minutes: .* needs a step"),
        ("1,,2 9 * * ? *", "minutes: `1,,2` has a comma with nothing before or after it"),
        (",5 9 * * ? *", "minutes: `,5` has a comma"),
        ("0 9, * * ? *", "hours: `9,` has a comma"),
        ("-5 9 * * ? *", "minutes: `-5` is no whole range: write it from the first to the last"),
        ("5- 9 * * ? *", "minutes: `5-` is no whole range"),
        ("- 9 * * ? *", "minutes: `-` is no whole range"),
        ("5-/2 9 * * ? *", "minutes: `5-/2` is no whole range"),
        ("/5 9 * * ? *", "minutes: `/5` is no whole range"),
        ("0 9 ? JAN- MON *", "month: `JAN-` is no whole range"),
        ("0 9 ? * -FRI *", "day-of-week: `-FRI` is no whole range"),
        ("0 9 ? * MON/2 *", "day-of-week: `MON/2` has a / that this field does not take"),
        ("0 9 ? * */2 *", r"day-of-week: `\*/2` has a / that this field does not take"),
        ("0 9 ? * 01 *", "day-of-week: `01` has a day with a zero before it: write 1-7 or SUN-SAT"),
        ("L 9 * * ? *", "minutes: `L` is not"),
        ("0 9 LW * ? *", "day-of-month: "),
        ("0 9 L-3 * ? *", "day-of-month: `L-3` is not possible: .* stand alone"),
        ("0 9 1W,15W * ? *", "day-of-month: "),
        ("0 9 32W * ? *", "day-of-month: `32` is not 1-31"),
        ("0 9 ? * 2W *", "day-of-week: `2W` is not possible: W belongs in day-of-month"),
        ("0 9 ? * 2#6 *", "day-of-week: `2#6` needs 1 to 5 after the #"),
        ("0 9 ? * 2#1,3#2 *", "day-of-week: .*alone in its field"),
        ("0 9 ? * 9L *", "day-of-week: `9` is not"),
        ("rate(30 seconds)", r"rate: seconds are too short; the shortest rate is `rate\(1 minute\)`"),
        ("rate(0 minutes)", "rate: must be at least"),
        ("rate(0.5 minutes)", "rate: write a whole number"),
        ("rate(5 weeks)", "rate: write a whole number and minutes, hours or days"),
        ("rate(999999 hours)", "rate: must be at most 366 days"),
        ("rate 5 minutes", "3 fields"),
        ("at(2026-01-01T00:00:00)", "runs once; submit a job instead"),
        ("every(1 hour)", "neither `cron"),
        ("cron(cron(0 9 * * ? *))", "neither `cron"),
        ("", "1 to 120 characters"),
        ("0 9 * * ? *" + " " * 10 + "1," * 60, "1 to 120 characters"),
        ("0\x00 9 * * ? *", "a character that no schedule has"),
        ("0 9 * * ? *; rm", "a character that no schedule has"),
        ("٠ 9 * * ? *", "a character that no schedule has"),
    ],
)
def test_a_refusal_names_the_field_and_the_fix(given: str, says: str) -> None:
    with pytest.raises(BadExpression, match=says):
        parse_expression(given)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Europe/Berln", "did you mean `Europe/Berlin`"),
        ("utc", "IANA name"),
        ("America", "is not a time zone"),
        ("../../etc/passwd", "is not a time zone"),
        ("Europe/Berlin\x00", "is not a time zone"),
        ("+02:00", "is not a time zone"),
        ("x" * 100, "is not a time zone"),
    ],
)
def test_an_unknown_time_zone_is_refused_with_the_likely_one(name: str, says: str) -> None:
    with pytest.raises(UnknownZone, match=says):
        zone(name)


@pytest.mark.parametrize("name", ["posixrules", "localtime", "Factory", "right/UTC", "posix/Europe/Berlin"])
def test_what_lies_beside_the_zones_and_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match=f"`{name}` is not a time zone of EventBridge Scheduler; write its IANA name"):
        zone(name)


@pytest.mark.parametrize("name", ["UTC", "Etc/GMT+1", "US/Pacific", "Asia/Calcutta", "EST5EDT"])
def test_zones_with_old_names_are_zones(name: str) -> None:
    assert zone(name).key == name
