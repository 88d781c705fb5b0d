"""A reading that its user cancels leaves the document whole: as it was before, or read to the end."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.api.jobs.change import cancel
from functions.scraper.parsing.document import ParsedDocument
from functions.scraper.process_document import process_document
from functions.scraper.services import Services
from functions.shared.domain.context.documents.memory import MemoryDocuments
from functions.shared.domain.context.gather import gather
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.model import Document, DocumentState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import JobCancelled, TransientError
from functions.shared.kernel.jobs.heartbeat import JobContext, LeaseLost
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Delivery, run
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.scraper_services import Web, a_job, scraper_services, stored_job
from tests.support.sources import a_document


@dataclass
class Runner:
    """A document of three parts, and jobs that read it, whose heartbeat the test gives."""

    clock: ManualClock
    words: tuple[str, ...] = ("One", "Two", "Three")
    cancelled_at: str | None = None
    trouble: Exception | None = None
    services: Services = field(init=False)

    def __post_init__(self) -> None:
        documents = MemoryDocuments()
        self.items = MemoryItems(self.clock, documents=documents)
        self.services = scraper_services(self.clock, Web(), documents=documents, items=self.items)
        self.services.documents.put(a_document(self.clock()))
        self.services.uploads.put("acme/document-1.txt", b"Tea is back", "text/plain")

    def run(self) -> Job:
        """A job that reads the document; it is cancelled, or meets trouble, as the test has set."""
        job = a_job(JobType.PROCESS_DOCUMENT, {"document_id": "document-1"}, self.services)
        message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
        run(message, Delivery(), handlers={JobType.PROCESS_DOCUMENT: self._read}, engine=self.services.engine)
        return stored_job(job, self.services)

    def _read(self, job: Job, context: JobContext) -> Any:
        def parse(*_: Any, **__: Any) -> ParsedDocument:
            self._cancel(job, context, "parse")
            return self.parsed()

        def save(item: Any, **keywords: Any) -> None:
            MemoryItems.save(self.items, item, **keywords)
            if item.part == 2:
                self._cancel(job, context, "save")
                if self.trouble is not None:
                    raise self.trouble

        self.items.save = save  # type: ignore[method-assign]
        return process_document(job, context, services=self.services, parse=parse)

    def _cancel(self, job: Job, context: JobContext, step: str) -> None:
        if step == self.cancelled_at:
            cancel("acme", job.job_id, engine=self.services.engine)
            context.beat()

    def parsed(self) -> ParsedDocument:
        return ParsedDocument(None, "\n\n".join(f"{word} {'tea ' * 4000}".strip() for word in self.words))

    def document(self) -> Document:
        found = self.services.documents.get("acme", "document-1")
        assert found is not None
        return found

    def used(self) -> list[str]:
        """What generation finds, by the first word of each part."""
        return sorted(item.text.split()[0] for item in gather("acme", self.services.items))


@pytest.fixture
def runner(clock: ManualClock) -> Runner:
    return Runner(clock)


def test_cancelled_before_anything_is_saved_it_leaves_nothing(runner: Runner) -> None:
    runner.cancelled_at = "parse"

    assert runner.run().status is JobStatus.CANCELLED

    assert (runner.used(), runner.document().items, runner.document().unfinished) == ([], 0, False)


def test_cancelled_before_anything_is_saved_it_leaves_the_earlier_text(runner: Runner) -> None:
    runner.run()
    before = runner.document()
    runner.words, runner.cancelled_at = ("Other",), "parse"

    assert runner.run().status is JobStatus.CANCELLED

    assert runner.document() == before
    assert runner.used() == ["One", "Three", "Two"]


def test_cancelled_while_its_parts_are_saved_it_is_read_to_the_end(runner: Runner) -> None:
    runner.run()
    runner.words, runner.cancelled_at = ("Red", "Green"), "save"

    assert runner.run().status is JobStatus.COMPLETED

    assert runner.used() == ["Green", "Red"]
    assert (runner.document().state, runner.document().unfinished) == (DocumentState.READY, False)


def test_what_a_run_that_died_half_way_saved_is_not_used_until_it_is_read_again(runner: Runner) -> None:
    runner.trouble = TransientError("the store is out of reach")
    job = runner.run()
    cancel("acme", job.job_id, engine=runner.services.engine)
    assert (runner.used(), runner.document().items, runner.document().unfinished) == ([], 3, True)
    runner.trouble = None

    assert runner.run().status is JobStatus.COMPLETED

    assert runner.used() == ["One", "Three", "Two"]


def test_a_run_that_has_lost_its_lease_saves_no_more_parts(runner: Runner) -> None:
    class Overtaken(JobContext):
        looks = 0

        def checkpoint(self) -> None:
            """Nothing is wrong yet."""

        def beat(self) -> None:
            """Nothing is wrong yet."""

        def glance(self) -> None:
            self.looks += 1
            if self.looks == 2:
                raise JobCancelled("cancelled by the user")
            if self.looks == 3:
                raise LeaseLost("job-1")

    job = a_job(JobType.PROCESS_DOCUMENT, {"document_id": "document-1"}, runner.services)
    context = Overtaken(job, engine=runner.services.engine)

    with pytest.raises(LeaseLost):
        process_document(job, context, services=runner.services, parse=lambda *_, **__: runner.parsed())

    assert len(runner.items.newest("acme")[0]) == 1
