"""A run that stood still while it parsed a document does not undo what the run after it has read."""

from typing import Any

import pytest

from functions.scraper.parsing.document import ParsedDocument
from functions.scraper.process_document import process_document
from functions.shared.context.memory import MemoryItems
from functions.shared.context.model import DocumentState
from functions.shared.errors import PermanentError
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.model import Job, JobStatus, JobType
from functions.shared.jobs.run import Delivery, run
from functions.shared.messages import JobMessage
from tests.clock import ManualClock
from tests.collector import a_job, stored_job
from tests.unit.test_document_cancelled import Desk


@pytest.mark.parametrize("refused", [False, True])
def test_a_run_that_another_has_overtaken_leaves_the_document_as_that_one_read_it(
    clock: ManualClock, refused: bool
) -> None:
    desk = Desk(clock)
    engine = desk.collector.engine
    job = a_job(JobType.PROCESS_DOCUMENT, {"document_id": "document-1"}, desk.collector)
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
            return desk.parsed()

        def save(item: Any, **keywords: Any) -> None:
            MemoryItems.save(desk.items, item, **keywords)
            if stored_job(job, desk.collector).status.is_terminal:
                contexts[0].beat()  # the first one's heartbeat says that it is too late

        desk.items.save = save  # type: ignore[method-assign]
        return process_document(job, context, collector=desk.collector, parse=parse)

    run(message, Delivery(), handlers={JobType.PROCESS_DOCUMENT: read}, engine=engine)

    assert len(contexts) == 2
    assert stored_job(job, desk.collector).status is JobStatus.COMPLETED
    document = desk.document()
    assert (document.state, document.unfinished, document.items) == (DocumentState.READY, False, 3)
    assert desk.used() == ["One", "Three", "Two"]
