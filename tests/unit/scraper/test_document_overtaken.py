"""A run that stood still while it parsed a document does not undo what the run after it has read."""

from typing import Any

import pytest

from functions.scraper.parsing.document import ParsedDocument
from functions.scraper.process_document import process_document
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.model import DocumentState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Delivery, run
from functions.shared.kernel.messages import JobMessage
from tests.support.clock import ManualClock
from tests.support.scraper_services import a_job, stored_job
from tests.unit.scraper.test_document_cancelled import Runner


@pytest.mark.parametrize("refused", [False, True])
def test_a_run_that_another_has_overtaken_leaves_the_document_as_that_one_read_it(
    clock: ManualClock, refused: bool
) -> None:
    runner = Runner(clock)
    engine = runner.services.engine
    job = a_job(JobType.PROCESS_DOCUMENT, {"document_id": "document-1"}, runner.services)
    message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
    contexts: list[JobContext] = []

    def read(job: Job, context: JobContext) -> Any:
        contexts.append(context)
        is_first = len(contexts) == 1

        def parse(*_: Any, **__: Any) -> ParsedDocument:
            if is_first:
                clock.advance(seconds=engine.timing.lease.total_seconds() + 1)
                run(message, Delivery(), handlers={JobType.PROCESS_DOCUMENT: read}, engine=engine)
                if refused:
                    raise PermanentError("it took too long to read")
            return runner.parsed()

        def save(item: Any, **keywords: Any) -> None:
            MemoryItems.save(runner.items, item, **keywords)
            if stored_job(job, runner.services).status.is_terminal:
                contexts[0].beat()  # the first one's heartbeat says that it is too late

        runner.items.save = save  # type: ignore[method-assign]
        return process_document(job, context, services=runner.services, parse=parse)

    run(message, Delivery(), handlers={JobType.PROCESS_DOCUMENT: read}, engine=engine)

    assert len(contexts) == 2
    assert stored_job(job, runner.services).status is JobStatus.COMPLETED
    document = runner.document()
    assert (document.state, document.unfinished, document.items) == (DocumentState.READY, False, 3)
    assert runner.used() == ["One", "Three", "Two"]
