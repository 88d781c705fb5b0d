"""A document uploaded through the API."""

from dataclasses import replace

from functions.shared.domain.context.model import Document
from functions.shared.kernel.jobs.model import Job, JobStatus
from tests.support.api_driver import Driver

BOOK = {"name": "brand-book.pdf", "media_type": "application/pdf", "size": 1_000_000}


def announced(api: Driver) -> str:
    answer = api("POST", "/api/documents", BOOK)
    assert answer.status == 201, answer.text
    return str(answer.json["document_id"])


def stored(api: Driver, document_id: str) -> Document:
    return api.documents.stored["acme", document_id]


def processed(api: Driver, document_id: str) -> Job:
    answer = api("POST", f"/api/documents/{document_id}/process")
    assert answer.status == 202, answer.text
    return api.jobs.jobs["acme", answer.json["job_id"]]


def end(api: Driver, document_id: str, job: Job, **changes: object) -> None:
    """The job ends, and the worker has written its outcome to the document."""
    api.jobs.jobs["acme", job.job_id] = replace(job, status=JobStatus.COMPLETED)
    api.documents.put(stored(api, document_id).model_copy(update=changes))
