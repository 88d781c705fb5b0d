from dataclasses import dataclass

import pytest

from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.submissions import TEA, submitted


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


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
    down = type(engine)(UnreachableStore(), engine.dispatcher, engine.clock, engine.new_id, engine.random, engine.kinds)
    api = make_driver(clock, engine=down)
    answer = api("POST", "/api/jobs", TEA)
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert not api.sent.sent


def test_an_admission_costs_one_transaction_and_one_message(clock: ManualClock) -> None:
    calls: list[str] = []

    class Counting(MemoryJobStore):
        def __getattribute__(self, name: str) -> object:
            if name in ("admit", "used_slots", "get", "replace", "mark_dispatched", "mark_unsent", "newest"):
                calls.append(name)
            return super().__getattribute__(name)

    engine = memory_engine(clock=clock)
    counted = type(engine)(Counting(), engine.dispatcher, engine.clock, engine.new_id, engine.random, engine.kinds)
    api = make_driver(clock, engine=counted)
    api("POST", "/api/jobs", TEA)
    assert calls == ["used_slots", "admit"]
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
