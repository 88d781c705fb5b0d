"""The guard around an engine that would answer everything, and lets every origin read it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from ops.guarded_app import GuardedApp, Scope

CONSOLE = {"origin": "http://localhost:4566"}
SAME = {"sec-fetch-site": "same-origin"}
SIGNED = "X-Amz-Credential=test%2F20261201%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0"
TYPED = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
COGNITO = "AWSCognitoIdentityProviderService."


def exchange(
    path: str,
    *,
    method: str = "GET",
    query: str = "",
    headers: Mapping[str, str] | list[tuple[str, str]] = {},  # noqa: B006 - only read
    kind: str = "http",
) -> tuple[list[dict[str, Any]], bool]:
    """What is sent back for a request, and whether the engine saw it."""
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    raw = [(name.encode(), value.encode()) for name, value in [("host", "127.0.0.1:4566"), *pairs]]
    scope: Scope = {
        "type": kind,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": raw,
    }
    if kind == "http":
        scope.update(method=method, raw_path=path.encode())
    sent: list[Any] = []
    seen: list[Scope] = []

    async def engine(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(scope)
        star = [(b"Access-Control-Allow-Origin", b"*"), (b"Access-Control-Expose-Headers", b"*"), (b"etag", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": star})
        await send({"type": "http.response.body", "body": b"secrets"})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(
        GuardedApp(engine, console="http://localhost:4566", is_bucket=lambda name: name == "pages")(
            scope, receive, send
        )
    )
    return sent, bool(seen)


def passes(path: str, **given: Any) -> bool:
    return exchange(path, **given)[1]


def test_a_program_is_passed_on_and_no_origin_may_read_what_it_gets() -> None:
    sent, seen = exchange("/", method="POST", headers={"x-amz-target": "secretsmanager.ListSecrets"})
    assert seen
    assert sent[0]["headers"] == [(b"etag", b"1"), (b"vary", b"Origin")]
    assert sent[1]["body"] == b"secrets"


def test_the_console_alone_may_read_its_answers() -> None:
    sent, _ = exchange("/_aws/execute-api/abc/api/jobs", headers=CONSOLE)
    assert (b"Access-Control-Allow-Origin", b"http://localhost:4566") in sent[0]["headers"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", [
    "/_ministack/reset", "/_ministack/health", "/_localstack/health", "/_ministack/config", "/_aws/sqs/messages",
    "/2015-03-31/functions", "/2015-03-31/functions/api/invocations", "/000000000000/content", "/pages", "/pages/",
    "/other/index.html", "//_ministack/reset", "/_aws/lambda-url/abc/", "/v2/email/identities", "/health",
    "/oauth2/token", "/_ministack/lambda-code/api", "/graphql",
    "/service/GraniteServiceVersion20100801/operation/PutMetricData",
])  # fmt: skip
def test_no_page_reaches_what_administers_whoever_it_is(path: str, method: str) -> None:
    for headers in (
        CONSOLE,
        SAME,
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    ):
        sent, seen = exchange(path, method=method, headers=headers)
        assert not seen
        assert sent[0]["status"] == 403
        assert not [name for name, _ in sent[0]["headers"] if b"access-control" in name]
        assert b"No web page may administer" in sent[1]["body"]


@pytest.mark.parametrize("target", [
    "secretsmanager.ListSecrets", "AWSCognitoIdentityProviderService.AdminCreateUser", "DynamoDB_20120810.Scan",
    "InitiateAuth", "AWSCognitoIdentityProviderService.ListUsers", "secretsmanager.InitiateAuth", "",
    "AmazonSQS.PurgeQueue",
])  # fmt: skip
def test_the_console_signs_in_and_does_nothing_else_with_aws(target: str) -> None:
    post = {"method": "POST", "headers": {**CONSOLE, "x-amz-target": COGNITO + "InitiateAuth"}}
    assert passes("/", **post)
    assert not passes("/", query="Action=ListUsers", **post)
    assert not passes("/", method="POST", headers={**CONSOLE, "x-amz-target": target})
    twice = [*CONSOLE.items(), ("x-amz-target", target), ("x-amz-target", COGNITO + "InitiateAuth")]
    assert not passes("/", method="POST", headers=twice)
    assert not passes("/", method="POST", headers={**SAME, "x-amz-target": COGNITO + "InitiateAuth"})


def test_a_browser_reads_objects_by_their_address_alone() -> None:
    for query in ("", "utm_source=mastodon&utm_medium=social"):
        assert passes("/pages/demo/index.html", query=query, headers=SAME)
    assert not passes("/pages/demo/index.html", query="Action=DeleteQueue", headers=SAME)
    assert not passes("/pages/demo/index.html", headers={**SAME, "x-amz-target": "secretsmanager.ListSecrets"})
    assert not passes("/pages/demo/index.html", headers={**SAME, "authorization": "AWS4-HMAC-SHA256 Credential=test/"})
    assert not passes("/pages/demo/index.html", method="DELETE", headers=SAME)


def test_uploads_by_a_presigned_address_are_the_consoles() -> None:
    assert passes("/pages/incoming/1", method="PUT", query=SIGNED, headers=CONSOLE)
    assert passes("/pages/incoming/1", method="OPTIONS", query=SIGNED,
                  headers={**CONSOLE, "access-control-request-method": "PUT"})  # fmt: skip
    assert not passes("/pages/incoming/1", method="PUT", headers=CONSOLE)
    assert not passes("/pages/incoming/1", method="PUT", query=SIGNED, headers=SAME)
    assert not passes("/other/incoming/1", method="PUT", query=SIGNED, headers=CONSOLE)


def test_a_websocket_of_a_page_is_closed_before_it_opens() -> None:
    sent, seen = exchange("/_aws/execute-api/abc/", headers={"origin": "https://elsewhere.example"}, kind="websocket")
    assert not seen
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_header_that_comes_twice_is_read_as_the_engine_reads_it() -> None:
    twice = [*SAME.items(), ("Authorization", "x"), ("AUTHORIZATION", "y")]
    assert not passes("/pages/demo/index.html", headers=twice)
