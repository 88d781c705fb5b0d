"""Whatever call the scraper dies around: nothing a source has is lost, nothing is kept, counted or told twice."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from functions.scraper.parsing.document import ParsedDocument
from functions.scraper.plan_fetches import Limits, plan_fetches
from functions.scraper.services import Services
from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.model import DocumentState, Source, SourceHealth, SourceKind
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.errors import FlywheelError, PermanentError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.objects.s3 import S3Objects
from functions.shared.kernel.tick import Tick
from tests.support.scraper_services import Web, an_entry, handlers_of
from tests.support.sources import a_document, a_source
from tests.support.sweep import Saboteur, World, expect_once, sweep

ORGANISATIONS = DynamoOrganisationStore("accounts", aws.dynamodb)
SOURCES = DynamoSources("context", aws.dynamodb)
DOCUMENTS = DynamoDocuments("context", aws.dynamodb)


pytestmark = pytest.mark.usefixtures("fresh_clients")


@dataclass(frozen=True)
class SabotagedWeb:
    """A website that may be the last thing a process asked."""

    web: Web
    saboteur: Saboteur

    def __call__(self, url: str, **keywords: Any) -> Any:
        outcome = self.saboteur.around("fetch", lambda: self._outcome(url, **keywords))
        if isinstance(outcome, FlywheelError):
            raise outcome
        return outcome

    def _outcome(self, url: str, **keywords: Any) -> Any:
        try:
            return self.web(url, **keywords)
        except FlywheelError as error:
            return error


def a_deployment(world: World, web: Web, parse_document: Any = None) -> Services:
    """A services on moto whose jobs the world's consumer runs.

    Moto's queues have the machine's time. The world's is later, or a late copy of a message would pass for a redrive.
    """
    world.clock.advance(days=3650)
    services = Services(
        sources=SOURCES,
        items=DynamoItems("context", aws.dynamodb, world.clock),
        documents=DOCUMENTS,
        uploads=S3Objects("uploads", aws.s3),
        notifications=DynamoNotificationStore("jobs", aws.dynamodb, world.clock),
        organisations=ORGANISATIONS,
        fetch=SabotagedWeb(web, world.saboteur),
        robots=web,
        engine=world.engine,
    )
    handlers = handlers_of(services, web, parse_document)
    world.consumers = {"scraping": partial(consume, handlers=handlers, engine=world.engine)}
    return services


def tick(world: World, services: Services) -> Mapping[str, Any]:
    """What the planner answers at this time, as the schedule delivers it: again when it died."""
    limits = Limits(500, 100, seconds_left=lambda: 100.0)
    now = Tick(at=world.clock(), identity=world.clock().isoformat())
    answer: Mapping[str, Any] = world.survive(
        lambda: plan_fetches(now, is_by_hand=False, limits=limits, services=services)
    )
    return answer


def the_source(source_id: str) -> Source:
    found = SOURCES.get("acme", source_id)
    assert found is not None
    return found


def read_two_sources(world: World) -> None:
    """A feed that was read before, and a page that never was, are both due in one tick."""
    web = Web(entries=[an_entry("1"), an_entry("2")], etag='"1"')
    services = a_deployment(world, web)
    world.saboteur.is_resting = True
    ORGANISATIONS.put(Organisation(org_id="acme", name="Acme", created_at=world.clock()))
    SOURCES.add(a_source(world.clock(), source_id="feed"))
    tick(world, services)
    world.settle()
    world.clock.advance(hours=7)
    SOURCES.add(a_source(world.clock(), source_id="page", kind=SourceKind.WEBSITE))
    web.entries, web.etag = [an_entry("3"), an_entry("2", text="More"), an_entry("1")], '"2"'
    world.saboteur.is_resting = False
    tick(world, services)
    world.settle()
    expect_once((job.status for job in world.jobs()), [JobStatus.COMPLETED] * 3)
    found = services.items.newest("acme")[0]
    expect_once((item.title for item in found), ["Title 1", "Title 2", "Title 3", "Tea"])
    expect_once((item.text for item in found if item.title == "Title 2"), ["More"])
    for source_id, expected in (("feed", (1, 1, 1)), ("page", (1, 0, 0))):
        source = the_source(source_id)
        assert source.last_fetch is not None
        counts = (source.last_fetch.new, source.last_fetch.changed, source.last_fetch.unchanged)
        assert (counts, source.health, source.etag) == (expected, SourceHealth.HEALTHY, '"2"'), source_id
        results = [job.result for job in world.jobs() if job.job_id == source.last_job_id]
        assert [(result["new"], result["changed"]) for result in results if result] == [expected[:2]], source_id
        assert source.next_fetch_at is not None
        assert source.next_fetch_at > world.clock()
    assert tick(world, services)["planned"] == 0
    assert world.dead_letters() == 0


def test_each_source_is_read_once_whatever_call_a_process_dies_at() -> None:
    assert sweep(read_two_sources) > 60


def become_unhealthy(world: World) -> None:
    """A source that has failed four times fails once more."""
    web = Web(trouble=PermanentError("it answered 404"))
    services = a_deployment(world, web)
    world.saboteur.is_resting = True
    now = world.clock()
    SOURCES.add(a_source(now, failures=4, failing_since=now - timedelta(days=1), health=SourceHealth.FAILING))
    world.saboteur.is_resting = False
    tick(world, services)
    world.settle()
    (job,) = world.jobs()
    source = the_source("source-1")
    outcomes = Counter(attempt.outcome for attempt in job.attempts)
    assert (job.status, outcomes["failed"]) == (JobStatus.FAILED, 1)
    # A run that failed and then died is a failed fetch, if it could still say so.
    assert 1 <= source.failures - 4 <= 1 + outcomes["lost"]
    assert source.health is SourceHealth.UNHEALTHY
    notices = services.notifications.newest("acme")[0]
    expect_once((notice.kind.value for notice in notices), ["source.unhealthy"])


def test_a_source_that_becomes_unhealthy_is_announced_once_whatever_call_a_worker_dies_at() -> None:
    assert sweep(become_unhealthy) > 20


def read_a_document(world: World) -> None:
    """A document that was read before, with four parts, is read again and has three."""
    texts = ["First", "Second", "Third", "Fourth"]

    def parse(body: bytes, **about: Any) -> ParsedDocument:
        return ParsedDocument(None, "\n\n".join(f"{text} {'tea ' * 4000}" for text in texts))

    services = a_deployment(world, Web(), parse)
    world.saboteur.is_resting = True
    DOCUMENTS.put(a_document(world.clock()))
    services.uploads.put("acme/document-1.txt", b"Tea is back", "text/plain")
    submission = Submission("acme", JobType.PROCESS_DOCUMENT, {"document_id": "document-1"})
    plan(replace(submission, job_id="job-1"), engine=world.engine)
    world.settle()
    assert len(services.items.newest("acme")[0]) == 4
    texts[:] = ["One", "Two", "Three"]
    world.saboteur.is_resting = False
    world.survive(lambda: plan(replace(submission, job_id="job-2"), engine=world.engine))
    world.settle()
    expect_once((job.status for job in world.jobs()), [JobStatus.COMPLETED] * 2)
    found = services.items.newest("acme", origin_id="document-1")[0]
    expect_once(((item.part, item.parts, item.text.split()[0]) for item in found), _parts("One", "Two", "Three"))
    document = DOCUMENTS.get("acme", "document-1")
    assert document is not None
    assert (document.state, document.items, document.error) == (DocumentState.READY, 3, None)
    assert world.dead_letters() == 0


def _parts(*texts: str) -> list[tuple[int, int, str]]:
    return [(number, len(texts), text) for number, text in enumerate(texts, start=1)]


def test_a_document_is_kept_once_and_whole_whatever_call_a_worker_dies_at() -> None:
    assert sweep(read_a_document) > 30
