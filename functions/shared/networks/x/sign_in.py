"""X's OAuth 2 over HTTP: https://docs.x.com/fundamentals/authentication/oauth-2-0.

Import it where it is used: its HTTP library is slow to load.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx2

from functions.shared.kernel.circuits.breaker import Guard, Sign, Unguarded
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import FlywheelError, PermanentError, TransientError
from functions.shared.networks.port import App, AppUnusable, GrantRefused, NetworkUser, Tokens
from functions.shared.networks.tokens import usable
from functions.shared.networks.x.errors import Refused, decoded, refusal

TOKEN_PATH = "/2/oauth2/token"  # noqa: S105 - a path, no secret
_MOST_BYTES = 64_000
_LONGEST_LIFE = timedelta(days=3650)
_LONGEST_EXPLANATION = 200
_NOT_THE_APP = ("invalid_client", "unauthorized_client")
_BAD_TOKEN = "value passed for the token was invalid"  # noqa: S105 - what X says, no secret


class _Down(TransientError):
    """X did not answer in time, or with 500 and above."""


@cache
def default_client() -> httpx2.Client:
    """One client per container: making its TLS context takes a sixth of a second."""
    return httpx2.Client(trust_env=False)


@dataclass(frozen=True, slots=True)
class HttpOAuth:
    """Implements OAuth. One request takes at most `seconds`, and half as much again when X falls silent at the end."""

    base_url: str
    app: Callable[[], App]
    clock: Clock
    seconds: float = 15.0
    circuit: Guard = field(default_factory=Unguarded)
    client: Callable[[], httpx2.Client] = default_client

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        return self._exchange({**form, "redirect_uri": redirect_uri}, secret=(code, verifier), what="the code")

    def renew(self, refresh_token: str) -> Tokens:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._exchange(form, secret=(refresh_token,), what="the refresh token")

    def owner(self, access_token: str) -> NetworkUser:
        try:
            body = self._ask("GET", "/2/users/me", headers={"Authorization": f"Bearer {access_token}"})
        except Refused as fault:
            raise refusal(fault, what="to say whose account it is", now=self.clock()) from None
        user = (decoded(body) or {}).get("data")
        if not isinstance(user, dict) or not str(user.get("id", "")).isdigit():
            raise TransientError("X did not say whose account it is")
        return NetworkUser(user_id=str(user["id"]), handle=str(user.get("username") or user["id"]))

    def _exchange(self, form: Mapping[str, str], *, secret: tuple[str, ...], what: str) -> Tokens:
        app = self.app()
        if app.client_secret is None:
            options: dict[str, Any] = {"data": {**form, "client_id": app.client_id}}
        else:
            options = {"data": form, "auth": (app.client_id, app.client_secret)}
        try:
            body = self._ask("POST", TOKEN_PATH, **options)
        except Refused as fault:
            raise _meaning(fault, what, (*secret, app.client_secret or ""), self.clock()) from None
        return _tokens(decoded(body) or {}, what, self.clock())

    def _ask(self, method: str, path: str, **options: Any) -> bytes:
        """The body of a successful answer. Raises Refused, TransientError, CircuitOpen."""
        ends = time.monotonic() + self.seconds
        address = self.base_url.rstrip("/") + path
        timeout = httpx2.Timeout(self.seconds / 2)
        with self.circuit.guard(_sign):
            try:
                with self.client().stream(method, address, timeout=timeout, **options) as response:
                    body = _read(response, ends)
            except httpx2.RequestError as error:
                raise _Down(f"X gave no answer: {type(error).__name__}") from None
            if response.status_code >= 500 or response.status_code == 408:
                raise _Down(f"X answered {response.status_code}")
            if not 200 <= response.status_code < 300:
                raise Refused(response.status_code, response.headers, body)
            return body


def _read(response: httpx2.Response, ends: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES or time.monotonic() > ends:
            raise _Down("X's answer is too large or took too long")
    return bytes(body)


def _sign(error: Exception) -> Sign:
    return Sign.FAULT if isinstance(error, _Down) else Sign.ANSWER


def _meaning(fault: Refused, what: str, secret: tuple[str, ...], now: datetime) -> FlywheelError:
    """What a refused exchange means. X calls a bad grant `invalid_grant`, or an `invalid_request` with its own text."""
    answer = decoded(fault.body) or {}
    error, description = str(answer.get("error", "")), str(answer.get("error_description", ""))
    if fault.status == 429:
        return refusal(fault, what=what, now=now)
    explained = _explained(fault.status, f"{error}: {description}", secret)
    if fault.status in (400, 401) and (error == "invalid_grant" or _is_bad_grant(error, description, what)):
        return GrantRefused(f"X does not accept {what}: {explained}")
    if fault.status in (401, 403) or error in _NOT_THE_APP:
        return AppUnusable(
            f"X does not accept this deployment's app: {explained}. Its operator must mend its credentials"
        )
    return PermanentError(f"X refused to exchange {what}: {explained}")


def _is_bad_grant(error: str, description: str, what: str) -> bool:
    """Whether a request that X calls invalid is so because of the grant: our part of it is always the same."""
    return error == "invalid_request" and (what == "the code" or _BAD_TOKEN in description.lower())


def _explained(status: int, text: str, secret: tuple[str, ...]) -> str:
    """The status and what X says, on one line, without anything that was sent."""
    for value in filter(None, secret):
        text = text.replace(value, "…")
    line = re.sub(r"[^ -~…]+", " ", text).strip(": ")[:_LONGEST_EXPLANATION]
    return f"{status} ({line})" if line else str(status)


def _tokens(answer: Mapping[str, Any], what: str, now: datetime) -> Tokens:
    access, refresh, lifetime = (answer.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    token = usable(access) if isinstance(access, str) else None
    if token is None:
        raise TransientError(f"X's answer to {what} holds no token")
    expires_at = None
    if type(lifetime) is int and 0 < lifetime <= _LONGEST_LIFE.total_seconds():
        expires_at = now + timedelta(seconds=lifetime)
    return Tokens(token, refresh if isinstance(refresh, str) and refresh else None, expires_at)
