"""The scraper's Lambda over moto's AWS, reading a loopback website with the real parsers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3
import pytest

from benchmarks.cost import Cost
from functions.scraper import handler as scraper
from functions.scraper.settings import Settings
from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.model import ContextItem, DocumentState, Fetch, Source, SourceHealth, SourceKind
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.context.sources.fetch_job import asked_fetch
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from tests.support.aws import Cloud
from tests.support.event_source import FakeContext, poll
from tests.support.sources import a_document, a_source
from tests.support.standins.website import Page, Website

ENTRY = """<item><guid>{0}</guid><link>https://acme.example/{0}</link>
<title>Title {0}</title><description>{1}</description></item>"""
ARTICLE = """<!doctype html><html><head><title>Tea report</title></head>
<body><nav>Home About</nav><main><h1>Tea report</h1>
<p>{}</p><p>Shops say that loose leaf sells twice as fast as bags, and that the trend will hold through the winter.</p>
<p>Acme has sold tea since 1887 and publishes this report every quarter for its customers.</p></main></body></html>"""


def rss(**texts: str) -> str:
    entries = "".join(ENTRY.format(guid.removeprefix("g"), text) for guid, text in texts.items())
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Acme</title>{entries}</channel></rss>'


@dataclass
class Deployed:
    """The Lambda, its queue, and the website it reads."""

    cloud: Cloud
    site: Website
    sources: DynamoSources
    items: DynamoItems
    requests: Iterator[int] = field(default_factory=count)

    def invoke(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        context = FakeContext(aws_request_id=str(next(self.requests)))
        return scraper.handler(event or {}, context)  # type: ignore[arg-type]

    def drain(self) -> None:
        for lane in ("scraping", "scraping-high"):
            while poll(self.cloud.queue_urls[lane], scraper.handler):
                pass

    def read(self) -> dict[str, Any]:
        """What the planner answered, invoked by hand, after its jobs were run."""
        answer = self.invoke()
        self.drain()
        return answer

    def add(self, path: str, kind: SourceKind = SourceKind.FEED) -> Source:
        source = a_source(utc_now(), kind=kind, url=self.site.url(path))
        self.sources.add(source)
        return source

    def source(self) -> Source:
        found = self.sources.get("acme", "source-1")
        assert found is not None
        return found

    def last_fetch(self) -> Fetch:
        found = self.source().last_fetch
        assert found is not None
        return found

    def found(self) -> list[ContextItem]:
        return self.items.newest("acme")[0]


@pytest.fixture
def deployed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    settings = {
        "JOBS_TABLE": "jobs",
        "QUEUE_URLS": json.dumps(cloud.queue_urls),
        "RETRY_DELAYS": "0,0,0",
        "CONTEXT_TABLE": "context",
        "ACCOUNTS_TABLE": "accounts",
        "UPLOADS_BUCKET": "uploads",
        "LOOPBACK_SOURCES": "127.0.0.1",
        # As the embedded engine has it; moto's clients take no notice.
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    organisations = DynamoOrganisationStore("accounts", aws.dynamodb)
    organisations.put(Organisation(org_id="acme", name="Acme", created_at=utc_now()))
    scraper._wired.cache_clear()
    with Website() as site:
        yield Deployed(cloud, site, DynamoSources("context", aws.dynamodb), DynamoItems("context", aws.dynamodb))
    scraper._wired.cache_clear()


def test_a_feed_is_read_by_hand_and_only_what_is_new_or_changed_follows(deployed: Deployed) -> None:
    deployed.add("/feed.xml")
    deployed.site.routes["/feed.xml"] = Page(rss(g2="Tea.", g1="Coffee."), "application/rss+xml", etag='"1"')
    answer = deployed.read()
    assert answer["planned"] == 1
    assert [(item.title, item.text) for item in deployed.found()] == [("Title 2", "Tea."), ("Title 1", "Coffee.")]
    assert (deployed.last_fetch().outcome, deployed.last_fetch().new) == ("fetched", 2)
    assert deployed.read()["planned"] == 1
    assert deployed.last_fetch().outcome == "unchanged"
    assert deployed.site.asked_for("/feed.xml")[1].headers["if-none-match"] == '"1"'
    before = {item.title: item for item in deployed.found()}
    changed = rss(g3="Cocoa.", g2="Tea, again.", g1="Coffee.")
    deployed.site.routes["/feed.xml"] = Page(changed, "application/rss+xml", etag='"2"')
    deployed.read()
    fetch = deployed.last_fetch()
    assert (fetch.new, fetch.changed, fetch.unchanged) == (1, 1, 1)
    after = {item.title: item for item in deployed.found()}
    assert (after["Title 2"].item_id, after["Title 2"].text) == (before["Title 2"].item_id, "Tea, again.")
    assert after["Title 1"] == before["Title 1"]


def test_a_page_is_read_in_good_manners(deployed: Deployed) -> None:
    deployed.add("/report", SourceKind.WEBSITE)
    deployed.site.routes["/report"] = Page(ARTICLE.format("Tea outsold coffee last week by a wide margin."))
    deployed.read()
    (item,) = deployed.found()
    assert (item.title, item.origin, item.url) == ("Tea report", "website", deployed.site.url("/report"))
    assert "Tea outsold coffee" in item.text
    assert "Home About" not in item.text
    assert [asked.path for asked in deployed.site.requests] == ["/robots.txt", "/report"]
    assert {asked.headers["user-agent"].partition("/")[0] for asked in deployed.site.requests} == {"Flywheel"}
    deployed.read()
    assert deployed.last_fetch().outcome == "unchanged"


def test_a_page_that_robots_txt_forbids_is_left_alone(deployed: Deployed) -> None:
    deployed.add("/report", SourceKind.WEBSITE)
    deployed.site.routes["/robots.txt"] = Page("User-agent: *\nDisallow: /report", "text/plain")
    deployed.site.routes["/report"] = Page(ARTICLE.format("Private."))
    deployed.read()
    assert deployed.site.asked_for("/report") == []
    assert deployed.source().health is SourceHealth.FAILING
    assert "robots.txt" in (deployed.last_fetch().reason or "")


def test_a_redirect_to_what_robots_txt_forbids_is_not_followed(deployed: Deployed) -> None:
    deployed.add("/report", SourceKind.WEBSITE)
    deployed.site.routes["/robots.txt"] = Page("User-agent: *\nDisallow: /private", "text/plain")
    deployed.site.routes["/report"] = Page(status=302, headers={"Location": "/private/report"})
    deployed.site.routes["/private/report"] = Page(ARTICLE.format("Private."))
    deployed.read()
    assert deployed.site.asked_for("/private/report") == []
    assert "robots.txt" in (deployed.last_fetch().reason or "")


def test_a_source_that_is_down_is_tried_again_announced_once_and_heals(deployed: Deployed, engine: Engine) -> None:
    deployed.add("/feed.xml")
    deployed.site.routes["/feed.xml"] = Page(status=500)
    notices = DynamoNotificationStore("jobs", aws.dynamodb, utc_now)
    first = deployed.read()
    job = stored(engine, first["organisations"][0]["jobs"][0])
    assert (job.status, len(job.attempts)) == (JobStatus.FAILED, 4)
    assert (deployed.source().health, deployed.source().failures) == (SourceHealth.FAILING, 4)
    assert notices.newest("acme")[0] == []
    deployed.read()
    assert (deployed.source().health, deployed.source().failures) == (SourceHealth.UNHEALTHY, 8)
    (notice,) = notices.newest("acme")[0]
    assert (notice.kind, notice.link) == ("source.unhealthy", "/api/sources/source-1")
    deployed.site.routes["/feed.xml"] = Page(rss(g1="Coffee."), "application/rss+xml")
    deployed.read()
    assert (deployed.source().health, deployed.source().failures) == (SourceHealth.HEALTHY, 0)
    assert len(notices.newest("acme")[0]) == 1


def test_a_job_of_a_deleted_source_is_skipped(deployed: Deployed, engine: Engine) -> None:
    source = deployed.add("/feed.xml")
    job = plan(asked_fetch(source), engine=engine)[0]
    deployed.sources.delete("acme", "source-1")
    deployed.drain()
    result = stored(engine, job.job_id).result
    assert result is not None
    assert result["outcome"] == "skipped"
    assert deployed.site.requests == []


@pytest.mark.parametrize("scheduled", ["2026-11-22T05:00:00Z", "<aws.scheduler.scheduled-time>"])
def test_a_scheduled_tick_plans_what_is_due_and_no_more(deployed: Deployed, scheduled: str) -> None:
    source = deployed.add("/feed.xml")
    assert deployed.invoke({"scheduled_time": scheduled})["planned"] == 1
    assert deployed.invoke({"scheduled_time": scheduled}) == {
        "planned": 0,
        "skipped": 0,
        "left": 0,
        "organisations": [],
    }
    moved = deployed.source().next_fetch_at
    assert moved is not None
    assert source.next_fetch_at is not None
    assert moved > source.next_fetch_at


@pytest.mark.parametrize("etag", ['"1"', None], ids=["not-modified", "same-bytes"])
def test_an_unchanged_source_costs_two_calls_of_aws(deployed: Deployed, engine: Engine, etag: str | None) -> None:
    source = deployed.add("/feed.xml")
    deployed.site.routes["/feed.xml"] = Page(rss(g1="Coffee."), "application/rss+xml", etag=etag)
    deployed.read()
    whole = calls_of_a_run(deployed, engine, source, scraper.handler)
    assert deployed.last_fetch().outcome == "unchanged"

    def idle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return consume(event, context, handlers={JobType.SYNC_RSS: lambda *_: {"idle": True}}, engine=engine)

    engines_own = calls_of_a_run(deployed, engine, source, idle)
    assert whole.calls - engines_own.calls == {"dynamodb:GetItem": 1, "dynamodb:PutItem": 1}


def calls_of_a_run(deployed: Deployed, engine: Engine, source: Source, consumer: Any) -> Cost:
    """What one fetch of the source asks of AWS."""
    plan(asked_fetch(source), engine=engine)
    cost = Cost()
    clients = (aws.dynamodb(), aws.sqs(), aws.s3())
    for client in clients:
        cost.watch(client)
    assert poll(deployed.cloud.queue_urls["scraping-high"], consumer, client=boto3.client("sqs")) == 1
    for client in clients:
        client.meta.events.unregister("provide-client-params.*", cost._count)
    return cost


def test_an_uploaded_document_becomes_items(deployed: Deployed, engine: Engine) -> None:
    documents = DynamoDocuments("context", aws.dynamodb)
    text = "\n\n".join(f"Paragraph {number}. " + "Tea is back. " * 900 for number in range(4)).encode()
    document = a_document(utc_now(), size=len(text))
    documents.put(document)
    submission = Submission("acme", JobType.PROCESS_DOCUMENT, {"document_id": "document-1"})
    missing = plan(submission, engine=engine)[0]
    deployed.drain()
    assert "was not uploaded" in (stored(engine, missing.job_id).error or "")
    boto3.client("s3").put_object(Bucket="uploads", Key=document.object_key, Body=text)
    done = plan(submission, engine=engine)[0]
    deployed.drain()
    assert stored(engine, done.job_id).status is JobStatus.COMPLETED
    ready = documents.get("acme", "document-1")
    assert ready is not None
    assert (ready.state, ready.items, ready.error) == (DocumentState.READY, 4, None)
    assert [item.text[:12] for item in deployed.found()] == [f"Paragraph {number}." for number in range(4)]


def test_loopback_sources_are_refused_on_aws() -> None:
    environ = {
        "JOBS_TABLE": "jobs",
        "QUEUE_URLS": "{}",
        "CONTEXT_TABLE": "context",
        "ACCOUNTS_TABLE": "accounts",
        "UPLOADS_BUCKET": "uploads",
    }
    assert Settings.from_env(environ).context_retention_days == 365
    with pytest.raises(PermanentError, match="LOOPBACK_SOURCES"):
        Settings.from_env({**environ, "LOOPBACK_SOURCES": "127.0.0.1"})


def stored(engine: Engine, job_id: str) -> Job:
    job = engine.store.get("acme", job_id)
    assert job is not None
    return job
