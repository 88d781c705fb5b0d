"""Clients that others' generators make of the contract, and a day's work through one of them."""

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from functions.api.app import Api
from functions.api.settings import ApiSettings
from functions.api.wiring import build
from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from tests.support.api_driver import ACME, http_event, make_driver
from tests.support.aws import Cloud, api_environ
from tests.support.notices import a_notice

ROOT = Path(__file__).resolve().parents[3]
TYPESCRIPT = ROOT / "node_modules/.bin"


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("contract") / "openapi.json"
    file.write_text(make_driver(utc_now)("GET", "/openapi.json", claims=None).text)
    return file


@pytest.fixture(scope="module")
def made(contract: Path) -> Iterator[tuple[str, str]]:
    """The package of a generated client, and what its generator said."""
    name = "flywheel_client"
    where = ["--path", str(contract), "--output-path", str(contract.parent / name)]
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", *where]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    sys.path.insert(0, str(contract.parent))
    yield name, done.stdout + done.stderr
    sys.path.remove(str(contract.parent))


@pytest.fixture
def api(cloud: Cloud) -> Api:
    return build(ApiSettings.from_env({**api_environ(cloud), "ACTIVE_JOBS_PER_ORG": "50"}))


@pytest.fixture
def client(api: Api, made: tuple[str, str]) -> Any:
    """The generated client on the API as it is deployed, without a network between them."""
    package = importlib.import_module(made[0])
    client = package.AuthenticatedClient(base_url="https://api.example", token="token", raise_on_unexpected_status=True)
    transport = httpx.MockTransport(lambda request: answered(api, request))
    return client.set_httpx_client(httpx.Client(base_url="https://api.example", transport=transport))


def answered(api: Api, request: httpx.Request) -> httpx.Response:
    url = urlsplit(str(request.url))
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != "accept-encoding"}
    event = http_event(
        request.method,
        url.path,
        body=request.content.decode() or None,
        headers=headers,
        query=dict(parse_qsl(url.query)),
        claims=ACME,
    )
    answer = api(event, None)
    return httpx.Response(answer["statusCode"], headers=answer["headers"], text=answer["body"])


@pytest.fixture
def models(made: tuple[str, str]) -> ModuleType:
    return importlib.import_module(f"{made[0]}.models")


@pytest.fixture
def call(client: Any, made: tuple[str, str], contract: Path) -> Any:
    """Make a call of the generated client, by its method and path in the contract."""
    paths = json.loads(contract.read_text())["paths"]

    def do(method: str, path: str, **arguments: Any) -> Any:
        operation = paths[path][method.lower()]
        tag, name = operation["tags"][0].replace(" ", "_"), snake(operation["operationId"])
        return importlib.import_module(f"{made[0]}.api.{tag}.{name}").sync(client=client, **arguments)

    return do


def snake(operation_id: str) -> str:
    """How the generator names an operation's module."""
    return "_".join(part for part in operation_id.split("_") if part)


def test_a_python_client_is_generated_without_a_warning(made: tuple[str, str]) -> None:
    assert "WARNING" not in made[1]
    assert "Unable" not in made[1]


def test_a_topic_is_submitted_and_watched(call: Any, models: ModuleType) -> None:
    accepted = call("POST", "/api/ai/generate", body=models.GenerateRequest(topic="Tea"))
    status = call("GET", "/api/ai/generate/status/{job_id}", job_id=accepted.job_id)
    assert (status.status.value, status.job_id) == ("queued", accepted.job_id)


def test_jobs_are_submitted_by_type_listed_and_cancelled(call: Any, models: ModuleType) -> None:
    payload = models.GeneratePagePayload(trending=3)
    accepted = call("POST", "/api/jobs", body=models.GeneratePageJobRequest(type_="GENERATE_PAGE", payload=payload))
    job = call("GET", "/api/jobs/{job_id}", job_id=accepted.job_id)
    assert isinstance(job, models.GeneratePageJobView)
    assert job.payload.trending == 3
    assert [each.job_id for each in call("GET", "/api/jobs", limit=10).items] == [accepted.job_id]
    assert call("DELETE", "/api/jobs/{job_id}", job_id=accepted.job_id).status.value == "cancelled"
    refused = call("DELETE", "/api/jobs/{job_id}", job_id=accepted.job_id)
    assert (type(refused), refused.status) == (models.Problem, 409)


def test_a_source_is_made_changed_and_deleted(call: Any, models: ModuleType) -> None:
    body = models.SourceRequest(kind=models.SourceKind.FEED, url="https://tea.example/feed.xml", enabled=False)
    source = call("POST", "/api/sources", body=body)
    assert source.health is models.SourceHealth.NEW
    one = {"path": "/api/sources/{source_id}", "source_id": source.source_id}
    assert call("PATCH", **one, body=models.SourceChange(name="Tea")).name == "Tea"
    assert call("PATCH", **one, body=models.SourceChange(name="Coffee"), if_match='"older"').status == 412
    call("DELETE", **one)
    assert call("GET", "/api/sources").items == []


def test_an_account_of_the_preview_is_connected(call: Any, models: ModuleType) -> None:
    account = call("POST", "/api/accounts", body=models.AccountRequest(network=models.Network.LINKEDIN, name="Acme"))
    assert (account.publisher, account.enabled) == ("preview", True)
    assert [each.account_id for each in call("GET", "/api/accounts").items] == [account.account_id]


def test_a_schedule_is_made_by_type(call: Any, models: ModuleType) -> None:
    payload = models.GenerateContentPayload(topic="Tea")
    body = models.GenerateContentScheduleRequest(type_="GENERATE_CONTENT", payload=payload, cron="rate(1 day)")
    schedule = call("POST", "/api/schedules", body=body)
    assert isinstance(schedule, models.GenerateContentScheduleView)
    assert isinstance(schedule.next_runs[0], datetime)


def test_notifications_are_listed_and_read(call: Any, models: ModuleType) -> None:
    notice = a_notice(lambda: datetime(2026, 12, 1, tzinfo=UTC))
    DynamoNotificationStore("jobs", aws.dynamodb, utc_now).add(notice, event_id="event-1")
    listed = call("GET", "/api/notifications")
    assert (listed.unread_count, listed.items[0].notification_id) == (1, notice.notification_id)
    call("POST", "/api/notifications/{notification_id}/read", notification_id=notice.notification_id)
    assert call("GET", "/api/notifications").unread_count == 0


PROGRAM = """
import type { components, paths } from "./contract";
type Job = components["schemas"]["JobView"];
type Request = paths["/api/jobs"]["post"]["requestBody"]["content"]["application/json"];
export const good: Request = { type: "GENERATE_CONTENT", payload: { topic: "Tea" } } as Request;
export function topic(job: Job): string | undefined {
  return job.type === "GENERATE_CONTENT" ? job.payload.topic : undefined;
}
"""


@pytest.mark.skipif(
    not (TYPESCRIPT / "openapi-typescript").exists() or not shutil.which("node"), reason="`make setup` installs it"
)
def test_types_for_typescript_are_generated_and_tell_jobs_apart(contract: Path, tmp_path: Path) -> None:
    types = [str(TYPESCRIPT / "openapi-typescript"), str(contract), "-o", str(tmp_path / "contract.ts")]
    subprocess.run(types, check=True, capture_output=True, timeout=120)
    (tmp_path / "program.ts").write_text(PROGRAM)
    check = [str(TYPESCRIPT / "tsc"), "--noEmit", "--strict", "--target", "es2022", str(tmp_path / "program.ts")]
    done = subprocess.run(check, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "")
