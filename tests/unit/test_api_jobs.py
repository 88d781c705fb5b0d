from dataclasses import dataclass
from datetime import timedelta

import pytest

from functions.shared.errors import TransientError
from functions.shared.jobs import transitions
from functions.shared.jobs.memory import MemoryJobStore, memory_engine
from functions.shared.jobs.model import Job
from tests.api_driver import ACME_ADMIN, RIVAL, Answer, Driver, make_driver
from tests.clock import ManualClock

TEA = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def submitted(api: Driver, **options: object) -> str:
    answer = api("POST", "/api/jobs", TEA, **options)
    assert answer.status == 202, answer.text
    return str(answer.json["job_id"])


def test_a_job_is_accepted_with_an_address_to_poll(api: Driver) -> None:
    answer = api("POST", "/api/jobs", {**TEA, "priority": "high"})
    job_id = answer.json["job_id"]
    assert answer.status == 202
    assert answer.json["status"] == "queued"
    assert answer.headers["Location"] == answer.json["status_url"] == f"https://api.example/api/jobs/{job_id}"
    assert "Retry-After" in answer.headers
    assert [lane for lane, _, _ in api.sent.sent] == ["content-high"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["type", "payload"]),
        ({"type": "GENERATE_CONTENT"}, ["payload"]),
        ({**TEA, "payload": []}, ["payload"]),
        ({**TEA, "payload": None}, ["payload"]),
        ({**TEA, "payload": {}}, ["payload.topic"]),
        ({**TEA, "payload": {"topic": "", "tone": 1}}, ["payload.topic", "payload.tone"]),
        ({**TEA, "payload": {"topic": "Tea", "colour": "red"}}, ["payload.colour"]),
        ({**TEA, "priority": "low"}, ["priority"]),
        ({**TEA, "org_id": "rival"}, ["org_id"]),
        ({"type": "GENERATE_PAGE", "payload": {"trending": 0}}, ["payload.trending"]),
        ({"type": "GENERATE_PAGE", "payload": {}}, ["payload"]),
        ({"type": "PUBLISH_CONTENT", "payload": {"content_id": "../x"}}, ["payload.content_id"]),
    ],
)
def test_each_bad_field_is_named_and_nothing_is_admitted(api: Driver, body: object, fields: list[str]) -> None:
    answer = api("POST", "/api/jobs", body)
    assert (answer.status, answer.fields) == (422, fields)
    assert not api.jobs.jobs


@pytest.mark.parametrize("job_type", ["GENERATE_IMAGE", "MAKE_TEA", "", 5, None, ["GENERATE_PAGE"]])
def test_a_type_that_is_not_run_here_is_refused_with_those_that_are(api: Driver, job_type: object) -> None:
    answer = api("POST", "/api/jobs", {"type": job_type, "payload": {}})
    assert (answer.status, answer.fields) == (422, ["type"])
    assert "GENERATE_PAGE, GENERATE_CONTENT, PUBLISH_CONTENT" in answer.json["errors"][0]["message"]


def test_a_payload_over_200_kb_is_refused(api: Driver) -> None:
    body = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea", "padding": "é" * 110_000}}
    answer = api("POST", "/api/jobs", body)
    assert (answer.status, answer.fields) == (413, ["payload"])


def test_over_the_cap_the_caller_learns_how_many_are_active_and_when_to_come_back(clock: ManualClock) -> None:
    api = make_driver(clock, active_jobs_per_org=2)
    submitted(api)
    submitted(api)
    answer = api("POST", "/api/jobs", TEA)
    assert answer.status == 429
    assert (answer.json["active"], answer.json["limit"]) == (2, 2)
    assert "2 of 2" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert api("POST", "/api/jobs", TEA, claims=RIVAL).status == 202


def test_a_repeated_idempotency_key_returns_the_first_job(api: Driver) -> None:
    first = submitted(api, headers={"idempotency-key": "order-1"})
    assert submitted(api, headers={"Idempotency-Key": "order-1"}) == first
    assert len(api.jobs.jobs) == 1
    assert submitted(api, headers={"idempotency-key": "order-1"}, claims=RIVAL) != first


def test_an_idempotency_key_with_commas_is_one_key(api: Driver) -> None:
    first = submitted(api, headers={"idempotency-key": "a,b"})
    assert submitted(api, headers={"idempotency-key": "a,c"}) != first


def test_an_idempotency_key_reused_with_another_body_conflicts(api: Driver) -> None:
    submitted(api, headers={"idempotency-key": "order-1"})
    answer = api("POST", "/api/jobs", {**TEA, "payload": {"topic": "Coffee"}}, headers={"idempotency-key": "order-1"})
    assert (answer.status, answer.fields) == (409, ["Idempotency-Key"])


@pytest.mark.parametrize("key", [" ", "a b", "é", "k" * 256, "a\x00"])
def test_an_unfit_idempotency_key_is_named(api: Driver, key: str) -> None:
    answer = api("POST", "/api/jobs", TEA, headers={"idempotency-key": key})
    assert (answer.status, answer.fields) == (422, ["Idempotency-Key"])


def test_a_queue_that_is_down_loses_nothing(api: Driver) -> None:
    api.sent.down = True
    job_id = submitted(api)
    job = api.jobs.jobs["acme", job_id]
    assert (job.dispatched_at, job.due_at is not None) == (None, True)


@dataclass
class UnreachableStore(MemoryJobStore):
    """A job store that takes nothing in."""

    def admit(self, job: Job, **more: object) -> None:
        raise TransientError("storing the job could not be reached: ConnectTimeoutError")


def test_a_store_that_is_down_answers_503_and_nothing_is_sent(clock: ManualClock) -> None:
    engine = memory_engine(clock=clock)
    down = type(engine)(UnreachableStore(), engine.dispatcher, engine.clock, engine.new_id, engine.random)
    api = make_driver(clock, engine=down)
    answer = api("POST", "/api/jobs", TEA)
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert not api.sent.sent


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


def test_only_administrators_list_another_organisations_jobs(api: Driver) -> None:
    job_id = submitted(api, claims=RIVAL)
    refused = api("GET", "/api/jobs", query={"org_id": "rival"})
    assert (refused.status, "administrators" in refused.json["detail"]) == (403, True)
    listed = api("GET", "/api/jobs", query={"org_id": "rival"}, claims=ACME_ADMIN)
    assert [item["job_id"] for item in listed.json["items"]] == [job_id]
    assert api("GET", "/api/jobs", query={"org_id": "a b"}, claims=ACME_ADMIN).fields == ["org_id"]


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


def test_an_admission_costs_one_transaction_one_message_and_one_mark(clock: ManualClock) -> None:
    calls: list[str] = []

    class Counting(MemoryJobStore):
        def __getattribute__(self, name: str) -> object:
            if name in ("admit", "used_slots", "get", "replace", "mark_dispatched", "newest"):
                calls.append(name)
            return super().__getattribute__(name)

    engine = memory_engine(clock=clock)
    counted = type(engine)(Counting(), engine.dispatcher, engine.clock, engine.new_id, engine.random)
    api = make_driver(clock, engine=counted)
    api("POST", "/api/jobs", TEA)
    assert calls == ["used_slots", "admit", "mark_dispatched"]
    assert len(api.sent.sent) == 1


def test_tags_are_kept_and_shown(api: Driver) -> None:
    job_id = api("POST", "/api/jobs", {**TEA, "tags": ["spring", "launch 2"]}).json["job_id"]
    assert api("GET", f"/api/jobs/{job_id}").json["tags"] == ["spring", "launch 2"]
    assert api("GET", "/api/jobs").json["items"][0]["tags"] == ["spring", "launch 2"]


@pytest.mark.parametrize(
    ("tags", "field"),
    [
        (["a\x07"], "tags.0"),
        (["a", "b\nc"], "tags.1"),
        ([""], "tags.0"),
        (["t" * 41], "tags.0"),
        ([str(number) for number in range(11)], "tags"),
        (["a", "a"], "tags"),
        ([5], "tags.0"),
        ("a", "tags"),
    ],
)
def test_unfit_tags_are_named(api: Driver, tags: object, field: str) -> None:
    answer = api("POST", "/api/jobs", {**TEA, "tags": tags})
    assert (answer.status, answer.fields) == (422, [field])


def test_a_job_shows_the_tokens_its_result_took(api: Driver, clock: ManualClock) -> None:
    job_id = submitted(api)
    assert api("GET", f"/api/jobs/{job_id}").json["usage"] is None
    job = api.jobs.jobs["acme", job_id]
    result = {"variants": [], "usage": {"input_tokens": 40, "output_tokens": 7}}
    api.jobs.jobs["acme", job_id] = transitions.completed(job, now=clock(), result=result)
    assert api("GET", f"/api/jobs/{job_id}").json["usage"] == {"input_tokens": 40, "output_tokens": 7}
