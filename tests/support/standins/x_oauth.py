"""`POST /2/oauth2/token` of the stand-in for X, and what a user does in the browser.

As X does it: an access token lives two hours, a refresh token works once and brings the next one, and using one a
second time ends its whole family, the newest tokens included. A code works once, with the verifier of its challenge.
"""

import base64
import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from functions.shared.networks.port import App
from functions.shared.networks.x.sign_in import TOKEN_PATH, HttpOAuth

LIFETIME = timedelta(hours=2)
SCOPES = "tweet.read tweet.write users.read offline.access"

Answer = tuple[int, Mapping[str, Any]]


@dataclass
class Code:
    """What a user agreed to."""

    user_id: str
    challenge: str
    redirect_uri: str
    is_used: bool = False


@dataclass
class Grant:
    """A refresh token, with the access token that came with it. `family` is one user's one consent."""

    user_id: str
    family: int
    access_token: str
    is_used: bool = False


@dataclass
class XOAuth:
    """The app, its users' grants, and every exchange that was asked for: `(grant_type, code or refresh token)`.

    `tokens` is the stand-in's: user ids by access token. Without `client_secret` the app is a public client.
    """

    tokens: dict[str, str]
    clock: Callable[[], datetime]
    client_id: str = "client-1"
    client_secret: str | None = "client-secret-1"
    handles: dict[str, str] = field(default_factory=lambda: {"1001": "standin"})
    exchanges: list[tuple[str, str]] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    rotates: bool = True
    _ends: dict[str, datetime] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    def consent(self, authorization_url: str, *, user_id: str = "1001") -> dict[str, str]:
        """The user agrees; returns what X adds to the redirect address: `code` and `state`."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        assert asked["response_type"] == "code", asked
        assert asked["client_id"] == self.client_id, asked
        assert asked["code_challenge_method"] == "S256", asked
        assert set(asked["scope"].split()) == set(SCOPES.split()), asked
        code = f"code-{next(self._numbers)}"
        self.codes[code] = Code(user_id, asked["code_challenge"], asked["redirect_uri"])
        return {"code": code, "state": asked["state"]}

    def issue(self, user_id: str = "1001", *, family: int | None = None) -> dict[str, str]:
        """A new pair of tokens, as an account's secret holds it."""
        number = next(self._numbers)
        access, refresh = f"access-{number}", f"refresh-{number}"
        self.tokens[access] = user_id
        self._ends[access] = self.clock() + LIFETIME
        self.grants[refresh] = Grant(user_id, number if family is None else family, access)
        return {"access_token": access, "refresh_token": refresh}

    def expire(self, access_token: str) -> None:
        """Its time is over."""
        self._ends[access_token] = self.clock()

    def revoke(self, user_id: str) -> None:
        """The user removes the app from their account."""
        for grant in list(self.grants.values()):
            if grant.user_id == user_id:
                self._end(grant.family)

    def user_of(self, access_token: str) -> str | None:
        """Whose token this is, while it is good."""
        ends = self._ends.get(access_token)
        return None if ends is not None and ends <= self.clock() else self.tokens.get(access_token)

    def exchange(self, authorization: str, body: bytes) -> Answer:
        """`POST /2/oauth2/token`."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if not self._is_the_app(authorization, form):
            return _error(401, "unauthorized_client", "Missing valid authorization header")
        if form.get("grant_type") == "authorization_code":
            return self._redeemed(form)
        if form.get("grant_type") == "refresh_token":
            return self._renewed(form)
        return _error(400, "unsupported_grant_type", "grant_type")

    def _is_the_app(self, authorization: str, form: Mapping[str, str]) -> bool:
        if self.client_secret is None:
            return form.get("client_id") == self.client_id and not authorization
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return authorization == f"Basic {expected}"

    def _redeemed(self, form: Mapping[str, str]) -> Answer:
        self.exchanges.append(("authorization_code", form.get("code", "")))
        code = self.codes.get(form.get("code", ""))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if code is None or code.is_used or code.redirect_uri != form.get("redirect_uri"):
            return _error(400, "invalid_request", "Value passed for the authorization code was invalid.")
        if code.challenge != challenge.rstrip(b"=").decode():
            return _error(
                400, "invalid_request", "Value passed for the code verifier did not match the code challenge."
            )
        code.is_used = True
        return self._pair(code.user_id, None)

    def _renewed(self, form: Mapping[str, str]) -> Answer:
        self.exchanges.append(("refresh_token", form.get("refresh_token", "")))
        grant = self.grants.get(form.get("refresh_token", ""))
        if grant is None:
            return _error(400, "invalid_request", "Value passed for the token was invalid.")
        if grant.is_used:
            self._end(grant.family)
            return _error(400, "invalid_request", "Value passed for the token was invalid.")
        self.tokens.pop(grant.access_token, None)
        if not self.rotates:
            pair = self.issue(grant.user_id, family=grant.family)
            grant.access_token = pair["access_token"]
            del self.grants[pair["refresh_token"]]
            return 200, _granted({"access_token": pair["access_token"]})
        grant.is_used = True
        return self._pair(grant.user_id, grant.family)

    def _pair(self, user_id: str, family: int | None) -> Answer:
        return 200, _granted(self.issue(user_id, family=family))

    def _end(self, family: int) -> None:
        for refresh, grant in list(self.grants.items()):
            if grant.family == family:
                self.tokens.pop(grant.access_token, None)
                del self.grants[refresh]


def oauth_over(oauth: XOAuth, app: App, *, base_url: str = "https://api.x.example") -> HttpOAuth:
    """The product's client, which reaches this stand-in without a network."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        authorization = request.headers.get("Authorization", "")
        if request.url.path == TOKEN_PATH:
            status, body = oauth.exchange(authorization, request.content)
            return httpx2.Response(status, json=body)
        user_id = oauth.user_of(authorization.removeprefix("Bearer "))
        if user_id is None:
            return httpx2.Response(401, json={"title": "Unauthorized"})
        return httpx2.Response(200, json={"data": {"id": user_id, "username": oauth.handles.get(user_id)}})

    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return HttpOAuth(base_url, lambda: app, oauth.clock, client=lambda: client)


def _granted(pair: Mapping[str, str]) -> dict[str, Any]:
    return {"token_type": "bearer", "expires_in": int(LIFETIME.total_seconds()), "scope": SCOPES, **pair}


def _error(status: int, error: str, description: str) -> Answer:
    return status, {"error": error, "error_description": description}
