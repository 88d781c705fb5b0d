import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.api.jobs.results import RESULTS
from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.notifications.confirming import with_code
from functions.shared.kernel.notifications.model import Delivery, DeliveryState
from tests.support.api_driver import ACME, Driver, make_driver, sign_in
from tests.support.contents import a_page, a_post
from tests.support.notices import a_notice
from tests.support.sources import an_item
from tests.support.standins.x_oauth import XOAuth

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def api() -> Driver:
    return make_driver(utc_now)


@pytest.fixture(scope="module")
def document(api: Driver) -> dict[str, Any]:
    answer = api("GET", "/openapi.json", claims=None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    parsed: dict[str, Any] = answer.json
    return parsed


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        assert set(item) <= METHODS
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_it_is_openapi_3_1_of_every_call(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert {(method, path) for method, path, _ in operations(document)} == {
        ("POST", "/api/ai/generate"),
        ("GET", "/api/ai/generate/status/{job_id}"),
        ("POST", "/api/jobs"),
        ("POST", "/api/jobs/bulk"),
        ("GET", "/api/jobs"),
        ("GET", "/api/jobs/{job_id}"),
        ("DELETE", "/api/jobs/{job_id}"),
        ("POST", "/api/jobs/{job_id}/retry"),
        ("GET", "/api/stats"),
        ("GET", "/api/content"),
        ("GET", "/api/content/{content_id}"),
        ("GET", "/api/analytics/summary"),
        ("GET", "/api/analytics/breakdown"),
        ("GET", "/api/analytics/posts/{post_id}"),
        ("GET", "/api/learnings"),
        ("POST", "/api/accounts"),
        ("GET", "/api/accounts"),
        ("GET", "/api/accounts/{account_id}"),
        ("DELETE", "/api/accounts/{account_id}"),
        ("PATCH", "/api/accounts/{account_id}"),
        ("POST", "/api/accounts/authorizations"),
        ("POST", "/api/accounts/authorizations/{authorization_id}"),
        ("POST", "/api/schedules"),
        ("GET", "/api/schedules"),
        ("GET", "/api/schedules/{schedule_id}"),
        ("PATCH", "/api/schedules/{schedule_id}"),
        ("DELETE", "/api/schedules/{schedule_id}"),
        ("POST", "/api/sources"),
        ("GET", "/api/sources"),
        ("GET", "/api/sources/{source_id}"),
        ("PATCH", "/api/sources/{source_id}"),
        ("DELETE", "/api/sources/{source_id}"),
        ("POST", "/api/sources/{source_id}/fetch"),
        ("GET", "/api/context"),
        ("DELETE", "/api/context"),
        ("GET", "/api/context/{item_id}"),
        ("DELETE", "/api/context/{item_id}"),
        ("POST", "/api/documents"),
        ("GET", "/api/documents"),
        ("GET", "/api/documents/{document_id}"),
        ("DELETE", "/api/documents/{document_id}"),
        ("POST", "/api/documents/{document_id}/process"),
        ("GET", "/api/dead-letters"),
        ("GET", "/api/dead-letters/{lane}"),
        ("POST", "/api/dead-letters/{lane}/redrive"),
        ("GET", "/api/notifications"),
        ("POST", "/api/notifications/read-all"),
        ("GET", "/api/notifications/{notification_id}"),
        ("POST", "/api/notifications/{notification_id}/deliveries/{delivery}/resend"),
        ("POST", "/api/notifications/{notification_id}/read"),
        ("GET", "/api/notification-settings"),
        ("PUT", "/api/notification-settings"),
        ("POST", "/api/notification-settings/emails/{email_id}/send-code"),
        ("POST", "/api/notification-settings/emails/{email_id}/confirm"),
        ("POST", "/api/notification-settings/webhooks/{webhook_id}/rotate"),
        ("POST", "/api/notification-settings/webhooks/{webhook_id}/test"),
        ("GET", "/api/health"),
        ("GET", "/health"),
        ("GET", "/openapi.json"),
    }


def test_it_names_the_address_it_was_fetched_from(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "https://api.example"}]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert name in schemas


def test_no_schema_or_operation_is_named_twice_or_unused(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert all(f"#/components/schemas/{name}" in text for name in document["components"]["schemas"])
    identifiers = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(identifiers)) == len(identifiers)


def test_every_call_under_api_needs_a_bearer_jwt_and_the_others_none(document: dict[str, Any]) -> None:
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert document["security"] == [{"bearer": []}]
    for _, path, operation in operations(document):
        assert operation.get("security") == (None if path.startswith("/api/") else [])


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        errors = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
        if path.startswith("/api/"):
            assert {"401", "403", "422", "429", "500", "503"} <= set(errors)
        for status, answer in errors.items():
            assert answer["description"]
            assert ("Retry-After" in answer.get("headers", {})) == (status in ("429", "503"))
            if (path, status) == ("/api/health", "503"):
                assert "application/problem+json" in answer["content"]
            problem = answer["content"]["application/problem+json"]["schema"]
            assert problem == {"$ref": "#/components/schemas/Problem"}


def test_schemas_are_named_for_what_they_are_and_titled_once(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if "__" in name or not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []
    titles = [schema["title"] for schema in schemas.values() if "title" in schema]
    assert len(set(titles)) == len(titles)


def test_every_call_with_a_body_documents_what_may_be_wrong_with_it(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= set(operation["responses"])
            assert operation["requestBody"]["required"] is True


def test_path_parameters_are_declared(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        declared = [part["name"] for part in operation.get("parameters", []) if part["in"] == "path"]
        assert declared == re.findall(r"{(\w+)}", path)


def test_only_the_job_types_that_run_here_can_be_submitted(document: dict[str, Any]) -> None:
    told_apart = document["components"]["schemas"]["JobRequest"]["discriminator"]
    assert (told_apart["propertyName"], list(told_apart["mapping"])) == ("type", [str(each) for each in KINDS])


@pytest.mark.parametrize("name", ["JobRequest", "BulkJob", "ScheduleRequest", "JobView", "ScheduleView"])
@pytest.mark.parametrize("job_type", KINDS)
def test_payloads_and_results_are_told_for_each_type(document: dict[str, Any], name: str, job_type: str) -> None:
    schemas = document["components"]["schemas"]
    ref = schemas[name]["discriminator"]["mapping"][job_type]
    assert {"$ref": ref} in schemas[name]["oneOf"]
    one = schemas[ref.rpartition("/")[2]]
    assert one["properties"]["type"]["const"] == job_type
    payload = schemas[one["properties"]["payload"]["$ref"].rpartition("/")[2]]
    assert set(payload["properties"]) == set(KINDS[job_type].payload.model_fields)
    assert payload["additionalProperties"] is False
    if name == "JobView":
        assert all("$ref" in part or part == {"type": "null"} for part in one["properties"]["result"]["anyOf"])


def test_every_type_of_job_tells_its_result() -> None:
    assert set(RESULTS) == set(KINDS)


def test_the_calls_that_take_an_answers_id_are_linked(document: dict[str, Any]) -> None:
    posts = [operation for method, _, operation in operations(document) if method == "POST"]
    answers = [answer for post in posts for status, answer in post["responses"].items() if status.startswith("2")]
    linked = [link for answer in answers for link in answer.get("links", {}).values()]
    known = {operation["operationId"] for _, _, operation in operations(document)}
    assert {link["operationId"] for link in linked} <= known
    submitted = document["paths"]["/api/jobs"]["post"]["responses"]["202"]["links"]
    assert all(link["parameters"] == {"job_id": "$response.body#/job_id"} for link in submitted.values())
    assert len(submitted) >= 3


def test_what_the_code_bounds_is_bounded_in_the_document(document: dict[str, Any]) -> None:
    calls = [call for _, _, call in operations(document)]
    parameters = {part["name"]: part["schema"] for call in calls for part in call.get("parameters", [])}
    assert '"pattern": "^[!-~]{1,255}$"' in json.dumps(parameters["Idempotency-Key"])
    assert parameters["limit"]["maximum"] == 100
    assert parameters["job_id"]["pattern"] == "^[0-9a-zA-Z_-]{1,64}$"
    assert '"maxLength": 512' in json.dumps(parameters["cursor"])


def test_admissions_document_their_headers(document: dict[str, Any]) -> None:
    for path in ("/api/ai/generate", "/api/jobs"):
        operation = document["paths"][path]["post"]
        assert {"Location", "Retry-After"} <= set(operation["responses"]["202"]["headers"])
        assert "Idempotency-Key" in [part["name"] for part in operation["parameters"]]


BODIES: dict[str, object] = {
    "/api/ai/generate": {"topic": "Tea"},
    "/api/jobs": {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}},
    "/api/jobs/bulk": {"jobs": [{"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}}]},
    "/api/schedules": {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}, "cron": "rate(1 day)"},
    "/api/schedules/{schedule_id}": {"enabled": False},
    "/api/sources": {"kind": "feed", "url": "https://tea.example/feed.xml"},
    "/api/sources/{source_id}": {"name": "Tea"},
    "/api/documents": {"name": "tea.txt", "media_type": "text/plain", "size": 3},
    "/api/notification-settings": {"emails": ["a@acme.example"], "webhooks": [{"url": "https://hooks.example/"}]},
    "/api/notification-settings/emails/{email_id}/confirm": {"code": "KMPQ-XWHD-TRSV"},
    "/api/accounts": {"network": "linkedin", "name": "Acme"},
    "/api/accounts/{account_id}": {"name": "Acme"},
    "/api/accounts/authorizations": {"network": "twitter", "redirect_uri": "https://console.example/connected"},
    "/api/dead-letters/{lane}/redrive": {},
}


QUERIES = {
    ("DELETE", "/api/context"): {"source": "source-9"},
    ("GET", "/api/analytics/breakdown"): {"by": "style"},
}


def context_ids(api: Driver, name: str) -> dict[str, str]:
    """A source and a document of their own."""
    source = api("POST", "/api/sources", {"kind": "website", "url": f"https://tea.example/{name}"}).json
    document = api("POST", "/api/documents", BODIES["/api/documents"]).json
    return {"source_id": source["source_id"], "document_id": document["document_id"]}


def stored_item(api: Driver) -> str:
    item = an_item(utc_now())
    api.items.save(item, marks=[], expires_at=utc_now() + timedelta(days=1))
    return item.item_id


WHOLE = {**ACME, "cognito:groups": "[operators]"}


def test_every_documented_call_answers_as_documented(document: dict[str, Any]) -> None:
    x = XOAuth({}, utc_now)
    api = make_driver(utc_now, sign_ins=lambda name: sign_in(x))
    job_id = api("POST", "/api/ai/generate", {"topic": "Tea"}).json["job_id"]
    account_id = api("POST", "/api/accounts", {"network": "linkedin", "name": "Acme"}).json["account_id"]
    for content in (a_page(utc_now()), a_post(utc_now())):
        api.content.put(content)
    api.dead_letters.dead["content"] = []
    ended = Delivery(channel="email", target="ops@acme.example", state=DeliveryState.SENT)
    notice = a_notice(utc_now).model_copy(update={"deliveries": (ended,)})
    api.notifications.put(notice)
    settings = api("PUT", "/api/notification-settings", BODIES["/api/notification-settings"])
    schedule_id = api("POST", "/api/schedules", BODIES["/api/schedules"]).json["schedule_id"]
    begun = api("POST", "/api/accounts/authorizations", BODIES["/api/accounts/authorizations"]).json
    finish = "/api/accounts/authorizations/{authorization_id}"
    bodies = {**BODIES, finish: x.consent(begun["authorization_url"])}
    ids = {
        "authorization_id": begun["authorization_id"],
        "lane": "content",
        "delivery": "0",
        "job_id": job_id,
        "schedule_id": schedule_id,
        "account_id": account_id,
        "content_id": "page-1",
        "post_id": "post-1",
        "item_id": stored_item(api),
        **context_ids(api, "kept"),
    }
    gone = {**ids, **context_ids(api, "gone")}
    ids["notification_id"] = notice.notification_id
    ids["email_id"] = settings.json["addresses"][0]["email_id"]
    before = api.notifications.preferences("acme")
    coded = with_code(before, "a@acme.example", "KMPQ-XWHD-TRSV", salt="1", now=utc_now())
    api.notifications.save_preferences("acme", before, coded)
    ids["webhook_id"] = settings.json["webhooks"][0]["webhook_id"]
    # Reads first, then a cancellation, then the retry that a cancellation makes possible.
    order = {"GET": 0, "PATCH": 0, "PUT": 0, "DELETE": 1, "POST": 2}
    for method, path, operation in sorted(operations(document), key=lambda call: order[call[0]]):
        chosen = gone if method == "DELETE" else ids
        body = bodies.get(path) if method[0] == "P" else None
        answer = api(method, path.format(**chosen), body, query=QUERIES.get((method, path), {}), claims=WHOLE)
        expected = [status for status in operation["responses"] if status.startswith("2")]
        assert str(answer.status) in expected, f"{method} {path}: {answer.text}"
