"""Takes documents in, has them read, and deletes them with everything that came of them."""

from functions.api.context.models import DocumentRequest
from functions.api.documents.uploads import SignedUpload
from functions.api.refusals import Missing
from functions.api.services import Services
from functions.shared.domain.context.documents.rules import incoming_key, kept_key, part_id
from functions.shared.domain.context.model import Document, DocumentState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.model import Job, JobStatus, Priority
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.log import log

_NOT_TAKEN_IN = "its processing was not taken in; process it again"


def create_document(request: DocumentRequest, org_id: str, *, services: Services) -> tuple[Document, SignedUpload]:
    """Store a document and sign the upload of its file. Raises LimitReached when the organisation has too many."""
    now = services.engine.clock()
    document_id = services.engine.new_id(now)
    document = Document(
        org_id=org_id,
        document_id=document_id,
        name=request.name,
        media_type=request.media_type,
        size=request.size,
        object_key=incoming_key(org_id, document_id, request.media_type),
        created_at=now,
        updated_at=now,
    )
    upload = services.uploads.sign(document.object_key, media_type=request.media_type, size=request.size, now=now)
    services.documents.put(document)
    log.info("document announced", action="document_announced", org_id=org_id, document_id=document_id)
    return document, upload


def process_document(document: Document, *, services: Services) -> Job:
    """Submit the job that reads the document. Raises StateForbids when it is being read or was, and what `submit` does.

    The document names its job before the job is admitted, because a job that is quick writes the document, too.
    """
    if document.state is DocumentState.READY:
        raise StateForbids("the document is ready; upload it anew as another document if it has changed")
    _require_idle(document, services)
    engine = services.engine
    now = engine.clock()
    job_id = engine.new_id(now)
    processing = {"state": DocumentState.PROCESSING, "error": None, "job_id": job_id, "updated_at": now}
    if not services.documents.update(document.model_copy(update=processing)):
        raise Missing("document", document.document_id)
    submission = Submission(
        org_id=document.org_id,
        type=JobType.PROCESS_DOCUMENT,
        payload={"document_id": document.document_id},
        priority=Priority.HIGH,
        job_id=job_id,
    )
    try:
        return submit(submission, engine=engine)
    except FlywheelError:
        stored = services.documents.get(document.org_id, document.document_id)
        # Otherwise a job has written it: this one, admitted though its answer was lost, or another.
        if stored is not None and stored.job_id == job_id and stored.state is DocumentState.PROCESSING:
            services.documents.update(document)
        raise


def delete_document(document: Document, *, services: Services) -> None:
    """Delete a document's items, its file and at last its record, so that what fails in between can be repeated.

    The items are found by their ids, because a list of them lags behind. Raises StateForbids while a job is reading it.
    """
    _require_idle(document, services)
    # Only now it says for certain what its job, which may just have ended, has made of it.
    document = find_document(document.org_id, document.document_id, services=services)
    for part in range(1, document.items + 1):
        services.items.delete(document.org_id, part_id(document, part))
    # Both: a crash, or a second upload to the same signed address, leaves a file beside the kept one.
    uploaded_to = incoming_key(document.org_id, document.document_id, document.media_type)
    for key in {document.object_key, uploaded_to, kept_key(uploaded_to)}:
        services.uploads.delete(key)
    services.documents.delete(document.org_id, document.document_id)
    log.info("document deleted", action="document_deleted", org_id=document.org_id, document_id=document.document_id)


def find_document(org_id: str, document_id: str, *, services: Services) -> Document:
    """The organisation's document; raises Missing."""
    document = services.documents.get(org_id, document_id)
    if document is None:
        raise Missing("document", document_id)
    return document


def settled(document: Document, *, services: Services) -> Document:
    """The document as it is, also when its job ended without a word to it: cancelled, or lost too often."""
    if document.state is not DocumentState.PROCESSING:
        return document
    job = _job_of(document, services)
    if job is not None and (not job.status.is_terminal or job.status is JobStatus.COMPLETED):
        return document
    error = _NOT_TAKEN_IN if job is None else job.error or job.reason or f"its job was {job.status}"
    return document.model_copy(update={"state": DocumentState.FAILED, "error": error})


def _require_idle(document: Document, services: Services) -> None:
    job = _job_of(document, services)
    if job is not None and not job.status.is_terminal:
        raise StateForbids(f"the document is being processed by the job {job.job_id}; wait for it or cancel it")


def _job_of(document: Document, services: Services) -> Job | None:
    return services.engine.store.get(document.org_id, document.job_id) if document.job_id else None
