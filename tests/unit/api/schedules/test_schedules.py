import json
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.kernel.schedules.model import Skip
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.schedules import TEA, created, stored


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def test_a_schedule_is_stored_started_and_shown_with_its_next_five_runs(api: Driver) -> None:
    answer = api("POST", "/api/schedules", {**TEA, "timezone": "Europe/Berlin", "name": "Tea", "priority": "high"})
    schedule_id = answer.json["schedule_id"]
    assert answer.status == 201
    assert answer.headers["Location"] == f"https://api.example/api/schedules/{schedule_id}"
    assert answer.json == {
        "schedule_id": schedule_id,
        "name": "Tea",
        "type": "GENERATE_CONTENT",
        "payload": {"topic": "Tea"},
        "priority": "high",
        "cron": "cron(0 9 ? * MON-FRI *)",
        "timezone": "Europe/Berlin",
        "enabled": True,
        "state": "active",
        "created_at": "2026-11-22T05:00:00.000Z",
        "updated_at": "2026-11-22T05:00:00.000Z",
        "last_run": None,
        "next_runs": [f"2026-11-{day}T08:00:00.000Z" for day in (23, 24, 25, 26, 27)],
        "skipped": 0,
        "recent_skips": [],
        "missed": 0,
        "last_missed_at": None,
    }
    assert api("GET", f"/api/schedules/{schedule_id}").json == answer.json
    assert api("GET", "/api/schedules").json == {"items": [answer.json], "next_cursor": None}
    assert api.timers.running[schedule_id].cron == "cron(0 9 ? * MON-FRI *)"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({**TEA, "cron": "*/5 * * * *"}, "cron", "has 5 fields, as in Unix"),
        ({**TEA, "cron": "rate(1 second)"}, "cron", "seconds are too short"),
        ({**TEA, "cron": "0 0 30 2 ? *"}, "cron", "never comes"),
        ({**TEA, "cron": "0 9 1 1 ? 2025"}, "cron", "never comes"),
        ({**TEA, "cron": ""}, "cron", "at least 1 character"),
        ({**TEA, "cron": "x" * 121}, "cron", "at most 120 characters"),
        ({**TEA, "cron": 5}, "cron", "string"),
        ({**TEA, "timezone": "Europe/Berln"}, "timezone", "did you mean `Europe/Berlin`"),
        ({**TEA, "timezone": None}, "timezone", "string"),
        ({**TEA, "type": "GENERATE_IMAGE"}, "type", "must be a job type this deployment runs"),
        ({**TEA, "payload": {"topic": ""}}, "payload.topic", "at least 1 character"),
        ({**TEA, "payload": {"topic": "Tea", "colour": "green"}}, "payload.colour", "is not a field"),
        ({**TEA, "enabled": "maybe"}, "enabled", "boolean"),
        ({**TEA, "name": "a\nb"}, "name", "line breaks"),
        ({**TEA, "name": "a" * 101}, "name", "at most 100"),
        ({**TEA, "priority": "urgent"}, "priority", "high"),
        ({**TEA, "every": "day"}, "every", "is not a field"),
        ({"payload": {}, "cron": "rate(1 day)"}, "type", "is required"),
    ],
)
def test_a_bad_field_is_named_with_the_fix_and_nothing_is_stored(
    api: Driver, body: dict[str, object], field: str, says: str
) -> None:
    answer = api("POST", "/api/schedules", body)
    assert (answer.status, answer.fields) == (422, [field])
    assert says in answer.json["errors"][0]["message"]
    assert not api.schedules.stored
    assert not api.timers.running


def test_a_payload_over_200_kb_is_refused(api: Driver) -> None:
    answer = api("POST", "/api/schedules", {**TEA, "payload": {"topic": "a" * 205_000}})
    assert (answer.status, answer.fields) == (413, ["payload"])


def test_the_fifty_first_schedule_is_refused_until_one_is_deleted(api: Driver) -> None:
    ids = [created(api) for _ in range(50)]
    over = api("POST", "/api/schedules", TEA)
    assert (over.status, over.json["type"]) == (409, "urn:flywheel:problem:limit-reached")
    assert (over.json["limit"], over.json["detail"]) == (
        50,
        "an organisation can have 50 schedules; delete one first",
    )
    assert api("DELETE", f"/api/schedules/{ids[0]}").status == 204
    created(api)


def test_lists_go_on_with_their_cursor(api: Driver, clock: ManualClock) -> None:
    ids = []
    for _ in range(3):
        ids.append(created(api))
        clock.advance(seconds=1)
    first = api("GET", "/api/schedules", query={"limit": "2"}).json
    second = api("GET", "/api/schedules", query={"limit": "2", "cursor": first["next_cursor"]}).json
    assert [item["schedule_id"] for item in first["items"] + second["items"]] == ids
    assert second["next_cursor"] is None
    assert api("GET", "/api/schedules", query={"cursor": first["next_cursor"]}, claims=RIVAL).status == 422


def test_another_organisation_neither_sees_nor_touches_a_schedule(api: Driver) -> None:
    path = f"/api/schedules/{created(api)}"
    assert api("GET", "/api/schedules", claims=RIVAL).json["items"] == []
    assert api("GET", path, claims=RIVAL).status == 404
    assert api("PATCH", path, {"enabled": False}, claims=RIVAL).status == 404
    assert api("DELETE", path, claims=RIVAL).status == 404
    assert api("GET", path).json["enabled"]


@pytest.mark.parametrize("schedule_id", ["missing", "a b", "%00", "x" * 65])
def test_an_unknown_schedule_is_not_found(api: Driver, schedule_id: str) -> None:
    assert api("GET", f"/api/schedules/{schedule_id}").status == 404


def test_what_is_left_out_of_a_change_stays(api: Driver, clock: ManualClock) -> None:
    schedule_id = created(api, name="Tea", timezone="Europe/Berlin")
    clock.advance(hours=1)
    answer = api("PATCH", f"/api/schedules/{schedule_id}", {"cron": "rate(2 hour)"})
    assert answer.status == 200, answer.text
    assert (answer.json["cron"], answer.json["name"], answer.json["timezone"]) == (
        "rate(2 hours)",
        "Tea",
        "Europe/Berlin",
    )
    assert answer.json["next_runs"][0] == "2026-11-22T08:00:00.000Z"
    assert (answer.json["created_at"], answer.json["updated_at"]) == (
        "2026-11-22T05:00:00.000Z",
        "2026-11-22T06:00:00.000Z",
    )
    assert api.timers.running[schedule_id].cron == "rate(2 hours)"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cron": "* * * * *"}, "cron"),
        ({"cron": None}, "cron"),
        ({"enabled": None}, "enabled"),
        ({"payload": {"colour": "green"}}, "payload.topic"),
        ({"type": "GENERATE_PAGE"}, "payload"),
        ({"schedule_id": "other"}, "schedule_id"),
        ({"cron": "0 0 31 2 ? *"}, "cron"),
    ],
)
def test_a_bad_change_changes_nothing(api: Driver, body: dict[str, object], field: str) -> None:
    schedule_id = created(api)
    before = stored(api, schedule_id)
    answer = api("PATCH", f"/api/schedules/{schedule_id}", body)
    assert answer.status == 422, answer.text
    assert any(name.startswith(field) for name in answer.fields)
    assert stored(api, schedule_id) == before


def test_the_latest_run_is_shown_with_its_outcome_and_skips_are_told(api: Driver, clock: ManualClock) -> None:
    schedule_id = created(api)
    job_id = api("POST", "/api/jobs", {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}}).json["job_id"]
    api("DELETE", f"/api/jobs/{job_id}")
    seen = stored(api, schedule_id)
    api.schedules.replace(
        seen, replace(seen, last_run_at=clock(), last_job_id=job_id).with_skip(Skip(clock(), "still active", "j0"))
    )
    shown = api("GET", f"/api/schedules/{schedule_id}").json
    assert shown["last_run"] == {
        "scheduled_at": "2026-11-22T05:00:00.000Z",
        "job_id": job_id,
        "outcome": "cancelled",
        "reason": shown["last_run"]["reason"],
        "finished_at": "2026-11-22T05:00:00.000Z",
    }
    assert shown["skipped"] == 1
    assert shown["recent_skips"] == [
        {"scheduled_at": "2026-11-22T05:00:00.000Z", "reason": "still active", "job_id": "j0"}
    ]


def test_every_answer_can_be_written_as_json_after_long_use(api: Driver, clock: ManualClock) -> None:
    schedule_id = created(api, type="SYNC_RSS", payload={"source_id": "feed-1"}, cron="rate(1 minute)")
    for _ in range(12):
        seen = stored(api, schedule_id)
        api.schedules.replace(seen, seen.with_skip(Skip(clock(), "still active")))
        clock.advance(minutes=1)
    shown = api("GET", f"/api/schedules/{schedule_id}")
    assert (shown.json["skipped"], len(shown.json["recent_skips"])) == (12, 10)
    assert json.loads(shown.text)["next_runs"][0] == "2026-11-22T05:13:00.000Z"
    assert stored(api, schedule_id).created_at == clock() - timedelta(minutes=12)
