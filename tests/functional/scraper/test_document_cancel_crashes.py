"""Whatever call a reading dies around that its user cancels: all of the document is used afterwards, or nothing."""

from dataclasses import replace
from typing import Any

import pytest

from functions.api.jobs.change import cancel
from functions.scraper.parsing.document import ParsedDocument
from functions.shared.domain.context.gather import gather
from functions.shared.domain.context.model import DocumentState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.jobs.refusals import StateForbids
from tests.functional.scraper.test_crashes import DOCUMENTS, a_deployment
from tests.support.scraper_services import Web
from tests.support.sources import a_document
from tests.support.sweep import World, expect_once, sweep

pytestmark = pytest.mark.usefixtures("fresh_clients")


def cancel_a_reading(world: World) -> None:
    """A document of three parts is cancelled while it is read, and later read anew."""
    texts = ["One", "Two", "Three"]

    def parse(body: bytes, **about: Any) -> ParsedDocument:
        was_resting, world.saboteur.is_resting = world.saboteur.is_resting, True
        if texts[0] == "One":
            cancel("acme", "job-1", engine=world.engine)
        world.saboteur.is_resting = was_resting
        return ParsedDocument(None, "\n\n".join(f"{text} {'tea ' * 4000}" for text in texts))

    services = a_deployment(world, Web(), parse)
    world.saboteur.is_resting = True
    DOCUMENTS.put(a_document(world.clock()))
    services.uploads.put("acme/document-1.txt", b"Tea is back", "text/plain")
    submission = Submission("acme", JobType.PROCESS_DOCUMENT, {"document_id": "document-1"})
    plan(replace(submission, job_id="job-1"), engine=world.engine)
    world.saboteur.is_resting = False
    world.settle()
    (job,) = world.jobs()
    used = [item.text.split()[0] for item in gather("acme", services.items)]
    assert job.status in (JobStatus.COMPLETED, JobStatus.CANCELLED)
    assert sorted(used) == (["One", "Three", "Two"] if is_ready() else []), (job.status, used)
    assert is_ready() or job.status is JobStatus.CANCELLED
    with pytest.raises(StateForbids):
        cancel("acme", "job-1", engine=world.engine)
    texts[:] = ["Red", "Green"]
    plan(replace(submission, job_id="job-2"), engine=world.engine)
    world.settle()
    expect_once((item.text.split()[0] for item in gather("acme", services.items)), ["Red", "Green"])
    expect_once((item.part for item in services.items.newest("acme")[0]), [1, 2])
    assert is_ready()


def is_ready() -> bool:
    document = DOCUMENTS.get("acme", "document-1")
    assert document is not None
    assert document.unfinished is (document.state is DocumentState.PROCESSING and document.items > 0)
    return document.state is DocumentState.READY


def test_a_cancelled_reading_leaves_all_or_nothing_whatever_call_its_worker_dies_at() -> None:
    assert sweep(cancel_a_reading) > 15
