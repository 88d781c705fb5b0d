"""Be told by webhook that a job failed for good: register a receiver, verify the event's signature, answer.

Events are signed as https://www.standardwebhooks.com has it, for which there are libraries in most languages. This
receiver is on your machine and speaks http, which has to be allowed first (a deployment on AWS never allows it):

    FLYWHEEL_ALLOW_LOOPBACK_WEBHOOKS=true make up
    .venv/bin/python examples/webhook_receiver.py
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
from standardwebhooks import Webhook, WebhookVerificationError

from flywheel_api import Refused, connect


class Receiver(HTTPServer):
    """Listens on this machine for events signed with `key`, and keeps the last one."""

    timeout = 600  # seconds to wait for a request
    key: str
    event: Any = None

    def handle_timeout(self) -> None:
        sys.exit(f"No event came within {self.timeout} seconds.")


class Answer(BaseHTTPRequestHandler):
    """204 for an event, 401 for what anybody else may post. An event that is not answered with 2xx is sent again."""

    server: Receiver
    timeout = 10  # seconds for a request to arrive in

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            self.server.event = Webhook(self.server.key).verify(body, dict(self.headers))
            self.send_response(204)
        except (WebhookVerificationError, ValueError):  # ValueError: it is not even formed like a signature
            self.send_response(401)
        self.end_headers()


def main() -> None:
    with connect("admin") as api, Receiver(("127.0.0.1", 0), Answer) as receiver:
        url = f"http://127.0.0.1:{receiver.server_port}/events"
        with registered(api, url) as receiver.key:
            print(f"Registered {url}")
            body = {"type": "PUBLISH_CONTENT", "payload": {"content_id": "no-such-page"}}
            job_id = api.post("/api/jobs", json=body).json()["job_id"]
            print(f"Job {job_id} will fail: there is nothing to publish. Its event comes within seven minutes.")
            while receiver.event is None or receiver.event["data"]["link"] != f"/api/jobs/{job_id}":
                receiver.handle_request()
    data = receiver.event["data"]
    print(f"\nReceived {receiver.event['type']}, and its signature is valid:")
    print(f"  {data['title']}.\n  Why: {data['reason']}\n  What to do: {data['advice']}")


@contextmanager
def registered(api: httpx2.Client, url: str) -> Iterator[str]:
    """Have events posted to `url` during the block; gives their signing key, which no later answer shows again.

    A PUT replaces all settings, so whoever else is told is named again.
    """
    before = api.get("/api/notification-settings").json()
    others = {
        "emails": before["emails"],
        "webhooks": [{name: webhook[name] for name in ("url", "events")} for webhook in before["webhooks"]],
    }
    wanted = {**others, "webhooks": [*others["webhooks"], {"url": url}]}
    try:
        saved = api.put("/api/notification-settings", json=wanted).json()
    except Refused as refused:
        sys.exit(f"{refused}\n  Was it started with FLYWHEEL_ALLOW_LOOPBACK_WEBHOOKS=true?")
    try:
        yield saved["webhooks"][-1]["secret"]
    finally:
        api.put("/api/notification-settings", json=others)


if __name__ == "__main__":
    main()
