"""Every Lambda runs with everything logged, as at DEBUG on AWS, and no planted secret stands in any line.

One story goes through all of them: what is given to the API is read, written, posted, counted, told and scheduled, each
thing once well and once refused by servers that repeat what they were sent.
"""

import importlib
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from moto.ses.models import ses_backends

from functions.pseo_generator.markets import polymarket
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.log import log, quieten
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from tests.support.api_driver import OPERATOR, http_event
from tests.support.aws import Cloud, api_environ
from tests.support.contents import a_page
from tests.support.event_source import FakeContext, poll
from tests.support.modules import ROOT, lambdas, reached
from tests.support.standins.polymarket import PolymarketStandIn
from tests.support.standins.webhook_receiver import WebhookReceiver
from tests.support.standins.website import Page, Website
from tests.support.standins.x import XStandIn, unauthorised

PLANTED = "planted"
MAILBOX = "ann@acme.example"
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Acme</title><item><guid>1</guid><title>Tea</title>
<link>https://acme.example/1</link><description>Tea is drunk in the afternoon.</description></item></channel></rss>"""


class Echo:
    """A server that refuses every POST, and tells what it was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        sent = self.sent

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                sent.append(self.headers["authorization"] or "")
                told = json.dumps(
                    {"error": {"message": f"Incorrect key: {sent[-1]} for {body[:50]}", "code": "no"}}
                ).encode()
                self.send_response(401)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "Echo":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class World:
    """Every Lambda's handler, and the servers they call."""

    cloud: Cloud
    notices: str
    x: XStandIn
    model: Echo
    site: Website
    hook: WebhookReceiver

    def run(self, name: str, event: dict[str, Any]) -> Any:
        module = importlib.import_module(f"functions.{name}.handler")
        return module.handler(event, FakeContext(aws_request_id=f"{name}-1"))

    def api(self, method: str, path: str, body: object = None, *, expected: int) -> Any:
        headers = {"authorization": f"Bearer {PLANTED}-login.{PLANTED}.{PLANTED}", "cookie": f"session={PLANTED}"}
        text = None if body is None else json.dumps(body)
        answer = self.run("api", http_event(method, path, body=text, headers=headers, claims=OPERATOR))
        assert answer["statusCode"] == expected, answer["body"]
        return json.loads(answer["body"]) if answer["body"] else None

    def drain(self, name: str, *queues: str) -> None:
        module = importlib.import_module(f"functions.{name}.handler")
        for url in [*(self.cloud.queue_urls[queue] for queue in queues), *([self.notices] if not queues else [])]:
            for _ in range(20):
                if not poll(url, module.handler):
                    break


@pytest.fixture
def world(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    notices = boto3.client("sqs").create_queue(QueueName="notices")["QueueUrl"]
    with (
        XStandIn() as x, Echo() as model, Website() as site, WebhookReceiver() as hook, PolymarketStandIn() as gamma,
    ):  # fmt: skip
        site.routes["/feed.xml"] = Page(RSS, "application/rss+xml")
        environ = api_environ(cloud) | {
            "QUEUE_URLS": json.dumps({**cloud.queue_urls, "notices": notices}), "ACTIVE_JOBS_PER_ORG": "50",
            "RETRY_DELAYS": "0,0,0", "AI_PROVIDER": "openai", "OPENAI_BASE_URL": model.base_url,
            "OPENAI_SECRET_ID": "flywheel/openai", "X_API_BASE_URL": x.base_url, "X_APP_SECRET_ID": "flywheel/x-app",
            "X_SETTLE_SECONDS": "0", "LEARNING_AGE_HOURS": "0", "LOOPBACK_SOURCES": "127.0.0.1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            "ALLOW_LOOPBACK_WEBHOOKS": "true", "EMAIL_FROM": "flywheel@acme.example", "SITE_BUCKET": cloud.bucket,
            "SITE_URL": "https://site.example", "POLYMARKET_BASE_URL": gamma.base_url, "PAGES_PER_RUN": "1",
            "CIRCUIT_FAILURES": "99",
        }  # fmt: skip
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        forget()
        yield World(cloud, notices, x, model, site, hook)
        forget()


def forget() -> None:
    """What containers keep."""
    for name in lambdas():
        module = importlib.import_module(f"functions.{name}.handler")
        for cached in ("_services", "_wired", "_api"):
            if hasattr(module, cached):
                getattr(module, cached).cache_clear()
    polymarket.default_client.cache_clear()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that any logger lets through, the root at DEBUG as Lambda's runtime sets it before our code is imported."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
    root, own = logging.getLogger(), log.registered_handler
    assert isinstance(own, logging.StreamHandler)
    level, before, stdout = root.level, logging.getLogger(log.name).level, own.setStream(stream)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    log.setLevel("DEBUG")
    quieten()
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    log.setLevel(before)
    own.setStream(stdout)


def plant(world: World) -> None:
    """Secrets wherever they belong, and where users put them."""
    boto3.client("ses").verify_email_identity(EmailAddress="flywheel@acme.example")
    organisations = DynamoOrganisationStore("accounts", aws.dynamodb)
    organisations.put(Organisation(org_id="acme", name="Acme", created_at=utc_now() - timedelta(days=9)))
    secrets = AwsSecrets(aws.secrets_manager)
    secrets.put("flywheel/openai", {"api_key": f"sk-{PLANTED}-1234567890abcdef"})
    secrets.put("flywheel/x-app", {"client_id": "client-1", "client_secret": f"{PLANTED}-app"})
    world.x.tokens = {f"{PLANTED}-token-1": "1001"}


def connect(world: World) -> None:
    tokens = {"access_token": f"{PLANTED}-token-1", "refresh_token": f"{PLANTED}-more"}
    account = {"network": "twitter", "name": "Acme", **tokens}
    made = world.api("POST", "/api/accounts", account, expected=201)
    world.api("PATCH", f"/api/accounts/{made['account_id']}", tokens, expected=200)
    world.api("POST", "/api/accounts", {**account, "network": "myspace", "pasword": PLANTED}, expected=422)
    world.api(
        "POST",
        "/api/accounts/authorizations",
        {"network": "twitter", "redirect_uri": "https://a.example/"},
        expected=201,
    )
    hook = f"{world.hook.url}&token={PLANTED}-hook"
    shown = world.api(
        "PUT", "/api/notification-settings", {"emails": [MAILBOX], "webhooks": [{"url": hook}]}, expected=200
    )
    world.api("POST", f"/api/notification-settings/webhooks/{shown['webhooks'][0]['webhook_id']}/rotate", expected=200)
    for path in ("feed.xml", "gone.xml"):
        url = world.site.url(f"/{path}?api_key={PLANTED}-feed")
        world.api("POST", "/api/sources", {"kind": "feed", "url": url, "name": path}, expected=201)


def work(world: World) -> None:
    world.api("POST", "/api/ai/generate", {"topic": "Tea"}, expected=202)
    world.drain("scraper", "scraping", "scraping-high")
    world.drain("content_generator", "content", "content-high")
    world.run("pseo_generator", {})
    world.drain("pseo_generator", "pages", "pages-high")
    world.run("scraper", {})
    world.run("analytics", {})
    world.drain("analytics", "analytics", "analytics-high")
    schedule = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}, "cron": "rate(1 day)"}
    made = world.api("POST", "/api/schedules", schedule, expected=201)
    world.run("scheduler_tick", {"org_id": "acme", "schedule_id": made["schedule_id"]})


def post(world: World) -> None:
    """X refuses the token, and then the one to renew it with."""
    world.x.create_faults.append(unauthorised())
    DynamoContentStore("content_metadata", aws.dynamodb).put(a_page(utc_now()))
    message = json.dumps({"content_id": "page-1", "title": "Tea"})
    boto3.client("sqs").send_message(QueueUrl=world.cloud.queue_urls["social"], MessageBody=message)
    world.drain("social_poster", "social", "social-high")


def tell(world: World) -> None:
    (webhook,) = world.api("GET", "/api/notification-settings", expected=200)["webhooks"]
    world.api("POST", f"/api/notification-settings/webhooks/{webhook['webhook_id']}/test", expected=202)
    world.run("reconciler", {})
    world.drain("notifier")


def test_no_planted_secret_is_in_any_line_of_any_lambda_at_debug(
    world: World, written: io.StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(world)
    connect(world)
    work(world)
    monkeypatch.setenv("AI_PROVIDER", "offline")
    post(world)
    tell(world)
    codes = mailed_codes()
    confirm(world, *codes)
    lines = written.getvalue().splitlines() + "".join(capsys.readouterr()).splitlines()
    assert [line for line in lines if PLANTED in line] == []
    assert {"account_connected", "fetch_failed", "source_fetched", "reconciled"} <= actions(lines)
    assert any(PLANTED in sent for sent in world.model.sent), "the key was in use"
    assert world.hook.hits, "the webhook was called"
    assert [line for line in lines if any(code in line for code in codes)] == []
    reasons = [
        job.reason or job.error or ""
        for job in DynamoJobStore("jobs", aws.dynamodb, utc_now, timedelta(1)).newest("acme")[0]
    ]
    assert [reason for reason in reasons if PLANTED in reason] == []


def confirm(world: World, code: str) -> None:
    (email,) = world.api("GET", "/api/notification-settings", expected=200)["addresses"]
    world.api("POST", f"/api/notification-settings/emails/{email['email_id']}/confirm", {"code": code}, expected=200)


def mailed_codes() -> set[str]:
    """What was mailed to confirm an address by."""
    sent = ses_backends["123456789012"]["us-east-1"].sent_messages
    return {code for mail in sent for code in re.findall(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4})+\b", str(mail.body))}


def actions(lines: list[str]) -> set[str]:
    return {json.loads(line)["action"] for line in lines if line.startswith("{") and "action" in line}


@pytest.mark.parametrize("name", sorted(lambdas()))
def test_every_lambda_quietens_what_it_imports(name: str) -> None:
    assert "functions.shared.kernel.log" in reached(f"functions.{name}.handler")


def test_a_root_at_debug_before_the_import_and_loggers_made_after_it_are_quiet() -> None:
    """What they say at WARNING is masked, and our own logger stays as loud as it is told."""
    program = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
from functions.shared.kernel.log import log
for name in ("botocore.parsers", "httpcore2.connection", "brand.new"):
    logging.getLogger(name).debug("whole body planted-1"); logging.getLogger(name).info("planted-2")
logging.getLogger("brand.new").warning("retrying %s", "https://ann:planted@a.example/?token=planted")
try:
    raise ValueError("{'access_token': 'planted'}")
except ValueError:
    logging.getLogger("brand.new").exception("it broke")
log.debug("ours", action="ours", access_token="planted", told="Bearer planted-1234")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True,
        env={"POWERTOOLS_LOG_LEVEL": "DEBUG", "POWERTOOLS_SERVICE_NAME": "probe", "PATH": ""},
    )  # fmt: skip
    assert PLANTED not in done.stdout + done.stderr
    assert "retrying https://***@a.example/?token=***" in done.stdout
    assert '"access_token":"***"' in done.stdout
    assert "it broke" in done.stdout
