"""The API answers only what its OpenAPI document says, whatever is sent."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.world import World

SEED = 20261122
EXAMPLES = 12
# After so many seconds each operation gets fewer examples: on a busy machine it is the machine that is slow.
SECONDS = 90
FEWEST_EXAMPLES = 3
STORIES, STEPS = 12, 8
CHECKS: Any = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def session(world: World) -> Iterator[requests.Session]:
    """Connections for the user of an organisation of its own."""
    world.newcomer("fuzz")
    with requests.Session() as session:
        session.trust_env = False
        yield session


def existing(world: World) -> dict[str, str]:
    """Ids that lead somewhere, by the path parameter they fit."""
    api = world.api("fuzz")
    job_id = api.post("/api/jobs", json={"type": "GENERATE_CONTENT", "payload": {"topic": "Fuzz"}}).json()["job_id"]
    account_id = api.post("/api/accounts", json={"network": "linkedin", "name": "Fuzz"}).json()["account_id"]
    source = api.post(
        "/api/sources", json={"kind": "feed", "url": "https://fuzz.example/feed", "enabled": False}
    ).json()
    document = api.post("/api/documents", json={"name": "fuzz.md", "media_type": "text/markdown", "size": 9}).json()
    return {
        "job_id": job_id,
        "account_id": account_id,
        "content_id": job_id,
        "source_id": source["source_id"],
        "document_id": document["document_id"],
    }


def exercise(
    operation: APIOperation[Any, Any, Any, Any],
    *,
    base_url: str,
    session: requests.Session,
    ids: dict[str, str],
    until: float,
    headers: dict[str, str],
) -> int:
    """Send generated requests, fit and unfit ones, and check each answer; how many were sent.

    When it is later than `until`, only a few are sent.
    """
    fit, unfit = (operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
    sent = 0

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=fit | unfit, real=st.booleans())
    def answers_as_documented(case: schemathesis.Case[Any], real: bool) -> None:
        nonlocal sent
        if sent >= FEWEST_EXAMPLES and time.monotonic() > until:
            return
        if real:
            case.path_parameters.update({name: ids[name] for name in case.path_parameters if name in ids})
        response = case.call(base_url=base_url, session=session, headers=headers, timeout=60)
        sent += 1
        case.validate_response(response, checks=CHECKS)

    answers_as_documented()
    return sent


def test_no_generated_request_gets_a_server_error_or_an_undocumented_answer(
    world: World, session: requests.Session
) -> None:
    base_url = world.outputs["api_url"]
    document = world.api(None).get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == sum(map(len, document["paths"].values()))
    ids = existing(world)
    headers = {"Authorization": f"Bearer {world.tokens['fuzz']}"}
    until = time.monotonic() + SECONDS
    sent = {}
    failures = []
    for operation in operations:
        try:
            sent[operation.label] = exercise(
                operation, base_url=base_url, session=session, ids=ids, until=until, headers=headers
            )
        except (Exception, FailureGroup) as failure:  # noqa: BLE001 - every operation's failures are shown together
            failures.append(f"{operation.label}: {failure}")
    assert not failures, "\n\n".join(failures)
    assert len(sent) == len(operations)
    assert all(sent.values()), sent


def test_what_answers_link_to_is_there_and_answers_as_documented(world: World, session: requests.Session) -> None:
    """What was made is looked at, cancelled and deleted by the links of the answer that told of it."""
    document = world.api(None).get("/openapi.json").json()
    headers = {"Authorization": f"Bearer {world.tokens['fuzz']}"}
    answered: set[str] = set()

    class Workflow(schemathesis.openapi.from_dict(document).as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:
            known = {"base_url": world.outputs["api_url"], "session": session, "headers": headers, "timeout": 60}
            return {**super().get_call_kwargs(case), **known}

        def validate_response(self, response: Any, case: schemathesis.Case[Any], *_: Any, **__: Any) -> None:
            answered.add(case.operation.method)
            case.validate_response(response, checks=CHECKS)

    bounds = settings(
        max_examples=STORIES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Workflow, settings=bounds)
    assert {"post", "get"} <= answered
