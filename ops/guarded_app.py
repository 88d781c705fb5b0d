"""The guard in front of the embedded engine: the same process and port, no call goes around it. Decision 0031."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from ministack.core.router import detect_service  # type: ignore[import-untyped]

from ops.guard import API_PREFIX, SIGN_IN_CALLS, SIGN_IN_PREFIX, Call, Kind, reason_to_refuse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("flywheel.guard")


class GuardedApp:
    """An ASGI application that passes on what may come in.

    `console` is the one origin whose pages may call. `is_bucket` tells whether a name is a bucket's.
    """

    def __init__(self, app: App, *, console: str, is_bucket: Callable[[str], bool]) -> None:
        self._app = app
        self._console = console
        self._is_bucket = is_bucket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it with 403."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        call = self._call(scope)
        reason = reason_to_refuse(call, console=self._console)
        if reason is None:
            await self._app(scope, receive, self._only_for_the_console(call, send))
            return
        _log.warning("refused %s %r: %s", call.method, call.target[:200], reason)
        await (_close(receive, send) if call.is_websocket else _forbid(send, reason))

    def _call(self, scope: Scope) -> Call:
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        method = scope.get("method", "GET")
        target = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        kind = self._kind(method, scope["path"], scope.get("query_string", b"").decode("latin-1"), _joined(headers))
        return Call(method, target, headers, kind, is_websocket=scope["type"] == "websocket")

    def _kind(self, method: str, path: str, query_string: str, headers: dict[str, str]) -> Kind:
        """What the engine, which reads paths decoded, would take the call for."""
        if path.startswith(API_PREFIX):
            return Kind.API
        preflight = method == "OPTIONS"
        wanted = headers.get("access-control-request-method", "") if preflight else method
        if path == "/" and wanted == "POST" and not query_string and (preflight or _is_sign_in(headers)):
            return Kind.SIGN_IN
        query = parse_qs(query_string, keep_blank_values=True)
        if not self._is_object(wanted, path, headers, query):
            return Kind.ADMINISTRATION
        if wanted == "PUT" and "X-Amz-Signature" in query:
            return Kind.UPLOAD
        return Kind.PAGE if method in ("GET", "HEAD") else Kind.ADMINISTRATION

    def _is_object(self, method: str, path: str, headers: dict[str, str], query: dict[str, list[str]]) -> bool:
        bucket, _, key = path.removeprefix("/").partition("/")
        is_plain = not {"authorization", "x-amz-target"} & headers.keys() and "Action" not in query
        is_of_s3 = is_plain and detect_service(method, path, headers, query) == "s3"
        return bool(key) and is_of_s3 and self._is_bucket(bucket)

    def _only_for_the_console(self, call: Call, send: Send) -> Send:
        """The engine lets every origin read every answer; this leaves it to the console's alone."""
        origin = call.one("origin")

        async def send_on(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": list(_shared_with(origin, message.get("headers", [])))}
            await send(message)

        return send_on


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One value for each name, as the engine reads headers that come twice."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _shared_with(origin: str | None, headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    for name, value in headers:
        lowered = name.lower()
        if not lowered.startswith(b"access-control-"):
            yield name, value
        elif origin is not None:
            is_anybody = lowered == b"access-control-allow-origin" and value == b"*"
            yield name, origin.encode("latin-1") if is_anybody else value
    yield b"vary", b"Origin"


def _is_sign_in(headers: dict[str, str]) -> bool:
    target = headers.get("x-amz-target", "")
    called = target.removeprefix(SIGN_IN_PREFIX)
    return "authorization" not in headers and called != target and called in SIGN_IN_CALLS


async def _forbid(send: Send, reason: str) -> None:
    body = json.dumps({"type": "about:blank", "title": "Forbidden", "status": 403, "detail": reason}).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _close(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
