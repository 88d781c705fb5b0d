"""The API answers wherever it is mapped to: behind a key of a domain, under a stage's name, at the root of a host."""

from typing import Any

import pytest

from functions.api.links import base_url
from tests.support.api_driver import Answer, answer_of, http_event, make_driver
from tests.support.clock import ManualClock

PLACES = [
    ("", "$default", ""),
    ("/flywheel", "$default", "/flywheel"),
    ("/flywheel/v1", "$default", "/flywheel/v1"),
    ("/api", "$default", "/api"),
    ("/flywheel", "beta", "/flywheel"),
    ("/beta", "beta", "/beta"),
    ("", "beta", ""),
]
"""What stands before the API's own path, the stage's name, and what links begin with."""


def event_of(method: str, path: str, *, before: str, stage: str, **more: Any) -> dict[str, Any]:
    """An event as API Gateway sends it for a route of this API behind a mapping key."""
    event = http_event(method, path, **more)
    route: dict[str, Any] = {"routeKey": f"{method} {path}"}
    if path.startswith("/api/"):
        route = {"routeKey": "ANY /api/{proxy+}", "pathParameters": {"proxy": path.removeprefix("/api/")}}
    context = {**event["requestContext"], "stage": stage}
    return {**event, **route, "rawPath": f"{before}{path}", "requestContext": context}


def ask(clock: ManualClock, event: dict[str, Any]) -> Answer:
    return answer_of(make_driver(clock).api(event, None))


@pytest.mark.parametrize(("before", "stage", "linked"), PLACES)
def test_a_job_is_taken_in_and_its_links_lead_back(clock: ManualClock, before: str, stage: str, linked: str) -> None:
    event = event_of("POST", "/api/ai/generate", before=before, stage=stage, body='{"topic": "Tea"}')
    answer = ask(clock, event)

    assert answer.status == 202
    assert answer.json["status_url"] == f"https://api.example{linked}/api/ai/generate/status/{answer.json['job_id']}"


@pytest.mark.parametrize(("before", "stage", "linked"), PLACES)
def test_what_needs_no_token_is_found_there_too(clock: ManualClock, before: str, stage: str, linked: str) -> None:
    assert ask(clock, event_of("GET", "/health", before=before, stage=stage, claims=None)).status == 200


@pytest.mark.parametrize(("before", "stage", "linked"), PLACES)
def test_a_token_is_asked_for_there_too(clock: ManualClock, before: str, stage: str, linked: str) -> None:
    assert ask(clock, event_of("GET", "/api/jobs", before=before, stage=stage, claims=None)).status == 401


def test_a_path_with_escaped_characters_is_matched_with_its_route() -> None:
    event = event_of("GET", "/api/jobs/a%20b", before="/flywheel", stage="$default")
    event["pathParameters"] = {"proxy": "jobs/a b"}

    assert base_url(event) == "https://api.example/flywheel"
