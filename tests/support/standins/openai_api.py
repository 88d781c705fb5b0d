"""A loopback stand-in for an OpenAI-compatible chat server that can be held, or made to fail.

with OpenAiStandIn(about="Tea") as server:
    server.hold()
    ... OPENAI_BASE_URL=server.base_url ...
    server.wait_for_request()
    server.release()

It holds, fails and remembers the requests about its topic alone: in a deployment that tests share, jobs of others may
ask it, too. They are answered well, at once.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PATIENCE_SECONDS = 300


class OpenAiStandIn:
    """The server, in a thread of its own; every answer is a short post.

    A request is about the topic when its messages have the words of `about`. `requests` are those that are.
    """

    def __init__(self, *, about: str) -> None:
        self.requests: list[dict[str, Any]] = []
        self._about = about
        self._status: int | None = None
        self._asked = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def hold(self) -> None:
        """Answer nobody who asks about the topic until released."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def fail_with(self, status: int | None) -> None:
        """Answer requests about the topic with this status from now on; None answers well again."""
        self._status = status

    def wait_for_request(self) -> None:
        assert self._asked.wait(PATIENCE_SECONDS), "nobody asked the model"

    def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self._about in json.dumps(request["messages"], ensure_ascii=False):
            self.requests.append(request)
            self._asked.set()
            self._open.wait(PATIENCE_SECONDS)
            if self._status is not None:
                return self._status, {"error": {"message": "The server had an error", "type": "server_error"}}
        draft = {"text": f"Written by a stand-in, answer {len(self.requests)}.", "hashtags": ["Markets"]}
        message = {"role": "assistant", "content": json.dumps(draft), "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        return 200, {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": request.get("model"),
            "choices": [choice],
            "usage": usage,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


ModelAbout = Callable[[str], OpenAiStandIn]
"""Starts the stand-in that hears about a topic; it is stopped at the end of the test."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: OpenAiStandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.server.owner.answer(json.loads(body))
        data = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except ConnectionError:
            return  # the worker that asked was killed

    def log_message(self, *_: object) -> None:
        pass
