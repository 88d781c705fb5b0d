"""What is paid for has a floor: two runs of its schedule are never closer than 15 minutes. Decision 0035."""

import pytest

from functions.shared.domain.job_kinds import KINDS
from tests.support.api_driver import Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.schedules import TEA, a_schedule, created

FEED = {"type": "SYNC_RSS", "payload": {"source_id": "feed-1"}}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


@pytest.mark.parametrize(
    ("cron", "gap"),
    [
        ("rate(1 minute)", "1 minute"),
        ("rate(14 minutes)", "14 minutes"),
        ("* * * * ? *", "1 minute"),
        ("0,10 9 1 1 ? *", "10 minutes"),
        ("50 9 29 2 ? 2028", None),
        ("0/15 * * * ? *", None),
        ("rate(15 minutes)", None),
        ("rate(6 hours)", None),
    ],
)
def test_a_schedule_of_paid_jobs_runs_every_quarter_of_an_hour_at_most(api: Driver, cron: str, gap: str | None) -> None:
    answer = api("POST", "/api/schedules", {**TEA, "cron": cron})
    if gap is None:
        assert answer.status == 201, answer.text
        return
    assert answer.status == 422
    (problem,) = answer.json["errors"]
    assert problem["field"] == "cron"
    assert f"has two runs {gap} apart; a GENERATE_CONTENT is paid for" in problem["message"]
    assert "at most every 15 minutes: write for example `rate(15 minutes)`" in problem["message"]
    assert not api.schedules.stored


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("GENERATE_PAGE", {"trending": 1}),
        ("PUBLISH_CONTENT", {"content_id": "c1"}),
        ("SYNC_ANALYTICS", {"account_id": "a1"}),
    ],
)
def test_each_type_that_costs_money_has_the_floor(api: Driver, kind: str, payload: object) -> None:
    answer = api("POST", "/api/schedules", {"type": kind, "payload": payload, "cron": "rate(5 minutes)"})
    assert answer.status == 422
    assert f"a {kind} is paid for" in answer.text
    assert KINDS[kind].paid


def test_what_costs_nothing_may_run_each_minute(api: Driver) -> None:
    created(api, **FEED, cron="rate(1 minute)")


def test_a_schedule_that_is_paused_is_judged_as_if_it_ran(api: Driver) -> None:
    assert api("POST", "/api/schedules", {**TEA, "cron": "rate(1 minute)", "enabled": False}).status == 422


def test_a_change_is_judged_by_what_it_makes_of_the_schedule(api: Driver) -> None:
    seldom = f"/api/schedules/{created(api)}"
    often = f"/api/schedules/{created(api, **FEED, cron='rate(1 minute)')}"
    assert api("PATCH", seldom, {"cron": "rate(1 minute)"}).status == 422
    assert api("PATCH", often, {"type": "GENERATE_CONTENT", "payload": TEA["payload"]}).status == 422
    assert api("PATCH", seldom, {"cron": "rate(20 minutes)"}).status == 200


def test_one_of_an_earlier_version_can_be_renamed_and_paused(api: Driver, clock: ManualClock) -> None:
    api.schedules.add(a_schedule(clock(), cron="rate(1 minute)"), limit=50)
    assert api("PATCH", "/api/schedules/s1", {"name": "Old", "enabled": False}).status == 200
    assert api("PATCH", "/api/schedules/s1", {"timezone": "Europe/Berlin"}).status == 422
