"""What reading a source that has not changed, and counting a post, ask of AWS beyond what every job asks."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from moto import mock_aws

from benchmarks.cost import Cost
from functions.analytics.services import Services
from functions.analytics.sync_account import sync_account
from functions.scraper.sync_feed import sync_feed
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.due.dynamodb import DynamoDue
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.measured.model import Metrics
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import message_for
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.run import Delivery, Handler, run
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.settings import EngineSettings
from functions.shared.networks.memory.counts import MemoryCountsReader
from tests.support.analytics_services import a_published_post, an_account
from tests.support.aws import make_cloud
from tests.support.scraper_services import Web, an_entry, scraper_services
from tests.support.sources import a_source

UNCHANGED_LIMIT = 3
POSTS = 100


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, value and limit."""
    unchanged, counted = _measured(_unchanged_source), _measured(_counted_posts)
    return [
        ("AWS calls to find a source unchanged", str(unchanged.total()), f"<= {UNCHANGED_LIMIT}; {_told(unchanged)}"),
        (f"AWS calls to count {POSTS} posts", f"{counted.total() / POSTS:.2f} a post", _told(counted)),
    ]


def _measured(work: Callable[[Engine], tuple[Job, Handler]]) -> Counter[str]:
    """What a job's own work asks for: its run, less the run of a job of the same type that does nothing."""
    with mock_aws():
        aws._client.cache_clear()
        cloud = make_cloud()
        engine = engine_from(EngineSettings(jobs_table="jobs", queue_urls=cloud.queue_urls), KINDS)
        job, handler = work(engine)
        whole = _run(job, handler, engine)
        idle = plan(Submission("acme", job.type, job.payload), engine=engine)[0]
        whole.subtract(_run(idle, _nothing, engine))
    aws._client.cache_clear()
    return +whole


def _run(job: Job, handler: Handler, engine: Engine) -> Counter[str]:
    cost = Cost()
    aws.dynamodb().meta.events.register("provide-client-params.*", cost._count, unique_id="bench")
    run(message_for(job, engine.kinds), Delivery(), handlers={job.type: handler}, engine=engine)
    aws.dynamodb().meta.events.unregister("provide-client-params.*", unique_id="bench")
    return cost.calls


def _nothing(job: Job, context: Any) -> Mapping[str, Any]:
    return {}


def _unchanged_source(engine: Engine) -> tuple[Job, Handler]:
    web = Web(entries=[an_entry("1")], etag='"1"')
    sources, items = DynamoSources("context", aws.dynamodb), DynamoItems("context", aws.dynamodb, utc_now)
    sources.add(a_source(utc_now()))
    scraper = scraper_services(utc_now, web, sources=sources, items=items, engine=engine)
    handler = partial(sync_feed, services=scraper, parse=web.parse_feed)
    for _ in range(2):
        job = plan(Submission("acme", JobType.SYNC_RSS, {"source_id": "source-1"}), engine=engine)[0]
        if web.asked:
            return job, handler
        run(message_for(job, engine.kinds), Delivery(), handlers={job.type: handler}, engine=engine)
    raise AssertionError("the source was never read")


def _counted_posts(engine: Engine) -> tuple[Job, Handler]:
    contents = DynamoContentStore("content_metadata", aws.dynamodb)
    accounts = DynamoAccountStore("accounts", aws.dynamodb)
    accounts.put(an_account())
    now = utc_now()
    for number in range(POSTS):
        contents.put(a_published_post(now - timedelta(hours=1), number))
    counts = {str(number): Metrics(likes=number, impressions=1000) for number in range(POSTS)}
    services = Services(
        contents=contents,
        accounts=accounts,
        organisations=DynamoOrganisationStore("accounts", aws.dynamodb),
        due=DynamoDue("accounts", aws.dynamodb),
        metrics=DynamoMetrics("metrics", aws.dynamodb),
        notifications=MemoryNotificationStore(),
        readers=lambda _: MemoryCountsReader(counts),
        engine=engine,
    )
    job, _ = plan(Submission("acme", JobType.SYNC_ANALYTICS, {"account_id": "acme-on-x"}), engine=engine)
    return job, partial(sync_account, services=services)


def _told(calls: Counter[str]) -> str:
    return ", ".join(f"{call.partition(':')[2]} {count}" for call, count in sorted(calls.items()))
