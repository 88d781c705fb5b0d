from datetime import timedelta

import pytest

from functions.shared.kernel.jobs import transitions
from tests.support.api_driver import OPERATOR, RIVAL, Answer, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.submissions import submitted


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def pages_of(api: Driver, **query: str) -> list[list[str]]:
    pages, cursor = [], ""
    while cursor is not None:
        answer = api("GET", "/api/jobs", query={**query, "cursor": cursor})
        assert answer.status == 200, answer.text
        pages.append([item["job_id"] for item in answer.json["items"]])
        cursor = answer.json["next_cursor"]
    return pages


def test_jobs_are_listed_newest_first_in_pages(api: Driver, clock: ManualClock) -> None:
    made = []
    for _ in range(5):
        made.append(submitted(api))
        clock.advance(seconds=1)
    submitted(api, claims=RIVAL)
    pages = pages_of(api, limit="2")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [job_id for page in pages for job_id in page] == made[::-1]


def test_jobs_are_filtered_by_status_and_type(api: Driver, clock: ManualClock) -> None:
    kept, dropped = submitted(api), submitted(api)
    api("DELETE", f"/api/jobs/{dropped}")
    assert pages_of(api, status="queued", type="GENERATE_CONTENT") == [[kept]]
    assert pages_of(api, status="cancelled") == [[dropped]]
    assert pages_of(api, type="GENERATE_PAGE") == [[]]


def test_empty_query_parameters_count_as_not_given(api: Driver) -> None:
    job_id = submitted(api)
    answer = api("GET", "/api/jobs", query={"status": "", "type": "", "limit": "", "cursor": "", "org_id": ""})
    assert [item["job_id"] for item in answer.json["items"]] == [job_id]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "done"}, "status"),
        ({"status": "queued,failed"}, "status"),
        ({"type": "MAKE_TEA"}, "type"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "1,2"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
    ],
)
def test_a_bad_query_parameter_is_named(api: Driver, query: dict[str, str], field: str) -> None:
    answer = api("GET", "/api/jobs", query=query)
    assert (answer.status, answer.fields) == (422, [field])


def test_a_cursor_fits_only_the_list_it_came_from(api: Driver) -> None:
    submitted(api)
    submitted(api)
    cursor = api("GET", "/api/jobs", query={"limit": "1"}).json["next_cursor"]
    assert api("GET", "/api/jobs", query={"cursor": cursor}).status == 200
    assert api("GET", "/api/jobs", query={"cursor": cursor, "status": "queued"}).status == 422
    assert api("GET", "/api/jobs", query={"cursor": cursor}, claims=RIVAL).status == 422
    assert api("GET", "/api/content", query={"cursor": cursor}).status == 422


def test_only_operators_list_another_organisations_jobs(api: Driver) -> None:
    job_id = submitted(api, claims=RIVAL)
    refused = api("GET", "/api/jobs", query={"org_id": "rival"})
    assert (refused.status, "operators" in refused.json["detail"]) == (403, True)
    listed = api("GET", "/api/jobs", query={"org_id": "rival"}, claims=OPERATOR)
    assert [item["job_id"] for item in listed.json["items"]] == [job_id]
    assert api("GET", "/api/jobs", query={"org_id": "a b"}, claims=OPERATOR).fields == ["org_id"]


def test_a_job_shows_its_attempts_and_why_it_waits(api: Driver, clock: ManualClock) -> None:
    job_id = submitted(api)
    timing = api.services.engine.timing
    claimed = transitions.claimed(api.jobs.jobs["acme", job_id], now=clock(), owner="worker", timing=timing)
    clock.advance(seconds=1.5)
    again = clock() + timedelta(seconds=60)
    waiting = transitions.retried(claimed, now=clock(), reason="the model is busy", not_before=again, timing=timing)
    api.jobs.jobs["acme", job_id] = waiting
    job = api("GET", f"/api/jobs/{job_id}").json
    assert (job["status"], job["reason"], job["not_before"]) == (
        "queued",
        "the model is busy",
        "2026-11-22T05:01:01.500Z",
    )
    assert job["attempts"] == [
        {
            "number": 1,
            "started_at": "2026-11-22T05:00:00.000Z",
            "ended_at": "2026-11-22T05:00:01.500Z",
            "outcome": "retried",
            "reason": "the model is busy",
            "duration_seconds": 1.5,
        }
    ]
    assert (job["result"], job["error"], job["failures"]) == (None, None, 1)
    assert job["payload"]["topic"] == "Tea"


def test_a_queued_job_is_cancelled_at_once_and_only_once(api: Driver) -> None:
    job_id = submitted(api)
    answer = api("DELETE", f"/api/jobs/{job_id}")
    assert (answer.status, answer.json["status"]) == (202, "cancelled")
    again = api("DELETE", f"/api/jobs/{job_id}")
    assert (again.status, "already cancelled" in again.json["detail"]) == (409, True)


def test_a_processing_job_is_asked_to_stop(api: Driver, clock: ManualClock) -> None:
    job_id = submitted(api)
    claimed = transitions.claimed(
        api.jobs.jobs["acme", job_id], now=clock(), owner="worker", timing=api.services.engine.timing
    )
    api.jobs.jobs["acme", job_id] = claimed
    answer = api("DELETE", f"/api/jobs/{job_id}")
    assert (answer.status, answer.json["status"]) == (202, "processing")
    assert api("GET", f"/api/jobs/{job_id}").json["cancel_requested"] is True


def test_a_cancelled_job_can_be_retried_and_a_queued_one_cannot(api: Driver) -> None:
    job_id = submitted(api)
    assert api("POST", f"/api/jobs/{job_id}/retry").status == 409
    api("DELETE", f"/api/jobs/{job_id}")
    answer = api("POST", f"/api/jobs/{job_id}/retry")
    assert (answer.status, answer.json["status"]) == (202, "queued")
    assert answer.headers["Location"] == answer.json["status_url"]
    assert len(api.sent.sent) == 2


def test_a_retry_over_the_cap_is_refused(clock: ManualClock) -> None:
    api = make_driver(clock, active_jobs_per_org=1)
    job_id = submitted(api)
    api("DELETE", f"/api/jobs/{job_id}")
    submitted(api)
    assert api("POST", f"/api/jobs/{job_id}/retry").status == 429


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("DELETE", ""), ("POST", "/retry")])
@pytest.mark.parametrize("job_id", [None, "unknown", "a b", "..", "%2e", "x" * 2000, "é"])
def test_what_the_organisation_does_not_have_is_not_found(
    api: Driver, method: str, suffix: str, job_id: str | None
) -> None:
    if job_id is None:
        job_id = submitted(api, claims=RIVAL)
    answer: Answer = api(method, f"/api/jobs/{job_id}{suffix}")
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_job_shows_the_tokens_its_result_took(api: Driver, clock: ManualClock) -> None:
    job_id = submitted(api)
    assert api("GET", f"/api/jobs/{job_id}").json["usage"] is None
    job = api.jobs.jobs["acme", job_id]
    result = {"variants": [], "usage": {"input_tokens": 40, "output_tokens": 7}}
    api.jobs.jobs["acme", job_id] = transitions.completed(job, now=clock(), result=result)
    assert api("GET", f"/api/jobs/{job_id}").json["usage"] == {"input_tokens": 40, "output_tokens": 7}
