import base64
import json
from dataclasses import dataclass

import pytest

from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.errors import OutcomeUnknown, PermanentError, RateLimited
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from tests.support.api_driver import Answer, Driver, answer_of, http_event, log_lines, make_driver
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def assert_problem(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["type"].startswith("urn:flywheel:problem:")
    assert problem["title"]
    assert problem["detail"]
    assert problem["trace_id"] == "request-1"


@pytest.mark.parametrize("path", ["/", "/nope", "/api/nope", "/api/jobs/", "/api/jobs/a/b/c", "/API/jobs", "/healthy"])
def test_an_unknown_path_is_a_problem_that_says_where_to_look(api: Driver, path: str) -> None:
    answer = api("GET", path)
    assert_problem(answer, 404)
    assert "/openapi.json" in answer.json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/jobs", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/api/jobs/some-id", "DELETE, GET, HEAD, OPTIONS"),
        ("GET", "/api/ai/generate", "OPTIONS, POST"),
        ("DELETE", "/health", "GET, HEAD, OPTIONS"),
        ("PUT", "/api/accounts/a", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ],
)
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    api: Driver, method: str, path: str, allowed: str
) -> None:
    answer = api(method, path)
    assert_problem(answer, 405)
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/api/ai/generate", "/api/jobs", "/api/accounts"])
@pytest.mark.parametrize(
    "body",
    ["{", "", " ", "topic=tea", '{"topic": NaN}', '{"topic": 1e999}', "[" * 100_000, "1" * 5000, '{"a": "\\ud800"}'],
)
def test_a_body_that_is_not_json_is_refused(api: Driver, path: str, body: str) -> None:
    answer = api("POST", path, body=body)
    assert_problem(answer, 422 if body == "" else 400)


@pytest.mark.parametrize("path", ["/api/ai/generate", "/api/jobs", "/api/accounts"])
@pytest.mark.parametrize("body", ["[]", '[{"topic": "tea"}]', "null", "5", '"tea"', "true"])
def test_a_body_that_is_not_an_object_is_refused(api: Driver, path: str, body: str) -> None:
    answer = api("POST", path, body=body)
    assert_problem(answer, 422)
    assert answer.fields == ["body"]
    assert not api.jobs.jobs


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/jsonx"]
)
def test_a_body_sent_as_something_else_is_refused_with_the_fix(api: Driver, content_type: str) -> None:
    answer = api("POST", "/api/ai/generate", {"topic": "Tea"}, headers={"content-type": content_type})
    assert_problem(answer, 415)
    assert "application/json" in answer.json["detail"]


@pytest.mark.parametrize("content_type", ["", "Application/JSON", "application/json; charset=utf-8"])
def test_json_is_taken_however_its_type_is_written(api: Driver, content_type: str) -> None:
    answer = api("POST", "/api/ai/generate", {"topic": "Tea"}, headers={"content-type": content_type})
    assert answer.status == 202


def test_a_body_over_the_limit_is_refused(api: Driver) -> None:
    answer = api("POST", "/api/ai/generate", {"topic": "t" * 1_100_000})
    assert_problem(answer, 413)


def test_a_base64_body_is_read(api: Driver) -> None:
    event = http_event("POST", "/api/ai/generate", body=base64.b64encode(b'{"topic": "Tea"}').decode())
    assert answer_of(api.api({**event, "isBase64Encoded": True}, None)).status == 202


@pytest.mark.parametrize("raw", [b"\xff\xfe{}", b'{"topic": "\xe9"}'])
def test_a_body_that_is_not_utf8_is_refused(api: Driver, raw: bytes) -> None:
    event = http_event("POST", "/api/ai/generate", body=base64.b64encode(raw).decode())
    assert_problem(answer_of(api.api({**event, "isBase64Encoded": True}, None)), 400)


def test_base64_that_is_not_is_refused(api: Driver) -> None:
    event = http_event("POST", "/api/ai/generate", body="%%%")
    assert_problem(answer_of(api.api({**event, "isBase64Encoded": True}, None)), 400)


@dataclass
class FailingStore(MemoryJobStore):
    """A store whose reads end in the given error."""

    error: Exception = RuntimeError()  # noqa: RUF009 a test's stand-in is never shared

    def get(self, org_id: str, job_id: str) -> Job | None:
        raise self.error


def failing(clock: ManualClock, error: Exception) -> Driver:
    engine = memory_engine(clock=clock)
    store = FailingStore(error=error)
    return make_driver(
        clock, engine=type(engine)(store, engine.dispatcher, engine.clock, engine.new_id, engine.random, engine.kinds)
    )


def test_an_unexpected_error_shows_nothing_of_itself_and_is_logged(clock: ManualClock) -> None:
    with log_lines() as written:
        answer = failing(clock, RuntimeError("password=hunter2"))("GET", "/api/jobs/j1")
    assert_problem(answer, 500)
    assert "hunter2" not in answer.text
    logged = written.getvalue()
    assert "hunter2" not in logged
    line = next(line for line in map(json.loads, logged.splitlines()) if line["action"] == "request_failed")
    assert (line["error"], line["trace_id"]) == ("RuntimeError", "request-1")
    assert "test_problems" in line["where"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PermanentError("reading a job failed: ValidationException"), 422),
        (OutcomeUnknown("the answer was lost"), 503),
        (RateLimited("slow down", retry_at=utc_now()), 503),
    ],
)
def test_the_engines_errors_are_told_apart(clock: ManualClock, error: Exception, status: int) -> None:
    assert_problem(failing(clock, error)("GET", "/api/jobs/j1"), status)


def test_an_event_that_is_not_http_still_gets_an_answer(api: Driver) -> None:
    assert answer_of(api.api({}, None)).status == 500


def test_every_answer_forbids_caching_and_sniffing(api: Driver) -> None:
    for answer in (api("GET", "/api/jobs"), api("GET", "/nope"), api("GET", "/api/jobs", claims=None)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_each_request_is_logged_with_its_organisation_and_no_payload(api: Driver) -> None:
    with log_lines() as written:
        job_id = api("POST", "/api/ai/generate", {"topic": "Very secret plans"}).json["job_id"]
    logged = written.getvalue()
    assert "Very secret plans" not in logged
    lines = [json.loads(line) for line in logged.splitlines()]
    admitted = next(line for line in lines if line["action"] == "job_admitted")
    assert (admitted["job_id"], admitted["org_id"], admitted["trace_id"]) == (job_id, "acme", "request-1")
    answered = next(line for line in lines if line["action"] == "request_answered")
    assert (answered["status"], answered["org_id"], answered["path"]) == (202, "acme", "/api/ai/generate")
    assert (answered["user_id"], answered["ip"], answered["route"]) == (
        "user-1",
        "192.0.2.1",
        "POST /api/ai/generate",
    )


@pytest.mark.parametrize("path", ["/", "/api", "/nothing", "/health/x", "//api/jobs"])
def test_an_unknown_path_is_a_problem_without_any_token(clock: ManualClock, path: str) -> None:
    answer = make_driver(clock)("GET", path, claims=None)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/api/jobs", "/api/nothing", "/api/"])
def test_a_call_under_api_that_reached_us_without_a_tokens_claims_is_refused(clock: ManualClock, path: str) -> None:
    answer = make_driver(clock)("GET", path, claims=None)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_an_id_of_characters_that_no_id_has_names_nothing(api: Driver) -> None:
    assert_problem(api("GET", "/api/jobs/\x85\u00e9"), 404)
