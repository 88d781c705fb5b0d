"""A loopback stand-in for X's API v2: posting, looking posts up, reading their metrics, and authorising an app.

It behaves like X where that matters here: unknown fields are refused, a text is posted once, links come back wrapped
as t.co, `&`, `<` and `>` come back escaped. Faults are taken in turn from `create_faults`, `read_faults` and
`token_faults`. `token-1` is a token of the user 1001 that never ends; `oauth` issues others. `requests_with` has
the requests by their access token.

    with XStandIn() as x:
        x.create_faults.append(unavailable())
        ... X_API_BASE_URL=x.base_url ...
        assert x.texts == ["one post"]
"""

import html
import itertools
import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from functions.shared.networks.length import link_spans
from functions.shared.networks.x.rules import x_weight
from tests.support.standins.x_metrics import XMetrics
from tests.support.standins.x_oauth import XOAuth

_BODY_FIELDS = {"text", "made_with_ai", "media", "poll", "reply", "quote_tweet_id", "reply_settings", "geo"}
_QUERY_FIELDS = {"start_time", "end_time", "max_results", "pagination_token", "tweet.fields", "exclude"}
_TOKEN_PATH = "/2/oauth2/token"
_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."

Answer = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Fault:
    """What happens instead of an answer. `accepts` makes the post first; `then` is `answer`, `reset` or `drip`."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    accepts: bool = False
    then: str = "answer"


def problem(status: int, detail: str, **headers: str) -> Fault:
    body = {"title": "Problem", "detail": detail, "type": "about:blank", "status": status}
    return Fault(status, json.dumps(body).encode(), {key.replace("_", "-"): value for key, value in headers.items()})


def unavailable() -> Fault:
    return Fault(503, b"<html>Over capacity</html>")


def rate_limited(reset: datetime) -> Fault:
    return problem(429, "Too Many Requests", x_rate_limit_reset=str(int(reset.timestamp())))


def unauthorised() -> Fault:
    return problem(401, "Unauthorized")


def out_of_credits() -> Fault:
    return problem(402, "Your account has no credits left")


def duplicate() -> Fault:
    return problem(403, _DUPLICATE)


def accepted_then_reset() -> Fault:
    return Fault(accepts=True, then="reset")


def accepted_then_dripped() -> Fault:
    """The answer comes a byte at a time and never ends."""
    return Fault(201, accepts=True, then="drip")


def accepted_then_undecodable(body: bytes = b"<html>201 Created</html>") -> Fault:
    return Fault(201, body, accepts=True)


@dataclass(frozen=True)
class Tweet:
    """A post that was accepted, with the whole body it was made with."""

    id: str
    user_id: str
    body: Mapping[str, Any]
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """As X gives it back."""
        text, urls = self.body["text"], []
        for number, (start, end) in enumerate(reversed(link_spans(text))):
            wrapped = f"https://t.co/{self.id}x{number}"
            link = text[start:end]
            urls.append({"url": wrapped, "expanded_url": link if "://" in link else f"http://{link}"})
            text = text[:start] + wrapped + text[end:]
        created_at = self.created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        tweet = {"id": self.id, "text": html.escape(text, quote=False), "created_at": created_at}
        return tweet | ({"entities": {"urls": urls}} if urls else {})


class XStandIn:
    """The server, in a thread of its own; other processes may call it too."""

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.tweets: list[Tweet] = []
        self.metrics = XMetrics()
        self.oauth = XOAuth({"token-1": "1001"}, clock)
        self.create_faults: deque[Fault] = deque()
        self.read_faults: deque[Fault] = deque()
        self.token_faults: deque[Fault] = deque()
        self.requests: list[str] = []
        self.requests_with: defaultdict[str, list[str]] = defaultdict(list)
        self.hides_new_posts = False
        self._clock = clock
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def tokens(self) -> dict[str, str]:
        """User ids by access token."""
        return self.oauth.tokens

    @tokens.setter
    def tokens(self, tokens: dict[str, str]) -> None:
        self.oauth.tokens = tokens

    @property
    def texts(self) -> list[str]:
        """What was posted, oldest first."""
        return [tweet.body["text"] for tweet in self.tweets]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_fault(self, method: str, path: str) -> Fault | None:
        others = self.create_faults if method == "POST" else self.read_faults
        faults = self.token_faults if path == _TOKEN_PATH else others
        with self._lock:
            return faults.popleft() if faults else None

    def create(self, user_id: str, body: Any) -> Answer:
        """`POST /2/tweets`."""
        if not isinstance(body, dict) or not isinstance(body.get("text"), str) or not body["text"]:
            return _refusal(400, "text: required")
        if unknown := sorted(set(body) - _BODY_FIELDS):
            return _refusal(400, f"[{unknown[0]}] is not a known field")
        if x_weight(body["text"]) > 280:
            return _refusal(400, "Your Tweet text is too long.")
        with self._lock:
            if any((tweet.user_id, tweet.body["text"]) == (user_id, body["text"]) for tweet in self.tweets):
                return _refusal(403, _DUPLICATE)
            tweet = Tweet(str(1_900_000_000_000_000_000 + next(self._numbers)), user_id, body, self._clock())
            self.tweets.append(tweet)
        return 201, {"data": {"id": tweet.id, "text": tweet.as_json()["text"], "edit_history_tweet_ids": [tweet.id]}}

    def delete(self, tweet_id: str) -> None:
        """Remove a post, as its author or X may."""
        with self._lock:
            self.tweets = [tweet for tweet in self.tweets if tweet.id != tweet_id]

    def timeline(self, user_id: str, query: Mapping[str, str]) -> Answer:
        """`GET /2/users/:id/tweets`, newest first."""
        if unknown := sorted(set(query) - _QUERY_FIELDS):
            return _refusal(400, f"[{unknown[0]}] is not a known query parameter")
        size = int(query.get("max_results", "10"))
        if not 5 <= size <= 100:
            return _refusal(400, "max_results is not between 5 and 100")
        since = datetime.strptime(query.get("start_time", "2010-11-06T00:00:00Z"), "%Y-%m-%dT%H:%M:%S%z")
        mine = [tweet for tweet in self.tweets if tweet.user_id == user_id and tweet.created_at >= since]
        mine = [] if self.hides_new_posts else mine[::-1]
        start = int(query.get("pagination_token", "p0").removeprefix("p"))
        page = mine[start : start + size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if start + size < len(mine):
            meta["next_token"] = f"p{start + size}"
        return 200, ({"data": [tweet.as_json() for tweet in page]} if page else {}) | {"meta": meta}

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> Answer:
        """Route one request."""
        address = urlsplit(target)
        if (method, address.path) == ("POST", _TOKEN_PATH):
            with self._lock:
                return self.oauth.exchange(authorization, body)
        user_id = self.oauth.user_of(authorization.removeprefix("Bearer "))
        if user_id is None:
            return _refusal(401, "Unauthorized")
        if (method, address.path) == ("POST", "/2/tweets"):
            return self.create(user_id, json.loads(body))
        if (method, address.path) == ("GET", "/2/users/me"):
            return 200, {"data": {"id": user_id, "name": "Stand-in", "username": self.oauth.handles.get(user_id)}}
        if (method, address.path) == ("GET", "/2/tweets"):
            return self.metrics.look_up(_query(address.query), [tweet.as_json() for tweet in self.tweets])
        if method == "GET" and (found := re.fullmatch(r"/2/users/(\d+)/tweets", address.path)):
            return self.timeline(found[1], _query(address.query))
        return _refusal(404, f"no {method} {address.path}")

    @property
    def is_stopped(self) -> threading.Event:
        """Set when the server goes down."""
        return self._stopped


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, x: XStandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.x = x


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self._serve("POST")

    def do_GET(self) -> None:
        self._serve("GET")

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self, method: str) -> None:
        x = self.server.x
        authorization = self.headers.get("Authorization", "")
        x.requests.append(f"{method} {self.path}")
        x.requests_with[authorization.removeprefix("Bearer ")].append(f"{method} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = x.next_fault(method, self.path)
        if fault is None or fault.accepts:
            status, answer = x.answer(method, self.path, authorization, body)
            if fault is None or status >= 400:
                self._send(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})
                return
        self.close_connection = True
        if fault.then == "answer":
            self._send(fault.status, fault.body, {"Connection": "close", **fault.headers})
        elif fault.then == "drip":
            self._drip(fault.status, x.is_stopped)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, status: int, is_stopped: threading.Event) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not is_stopped.wait(0.02):
            try:
                self.wfile.write(b" ")
            except OSError:
                return


def _query(text: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(text).items()}


def _refusal(status: int, detail: str) -> Answer:
    return status, {"title": "Problem", "detail": detail, "type": "about:blank", "status": status}
