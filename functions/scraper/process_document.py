"""PROCESS_DOCUMENT: the text of an uploaded document becomes items."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from functions.scraper.keep_items import content_hash
from functions.scraper.parsing.document import ParsedDocument, parse_document
from functions.scraper.services import Services
from functions.scraper.split_text import split_text
from functions.shared.domain.context.documents.rules import kept_key, part_id
from functions.shared.domain.context.model import MAX_ITEM_CHARACTERS, ContextItem, Document, DocumentState
from functions.shared.domain.payloads import ProcessDocumentPayload
from functions.shared.kernel.errors import JobCancelled, PermanentError
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log

ParseDocument = Callable[..., ParsedDocument]

# Nobody reads a document again that is ready: its parts stay until it is deleted.
_AS_GOOD_AS_FOR_EVER = timedelta(days=100 * 365)


def process_document(
    job: Job, context: JobContext, *, services: Services, parse: ParseDocument = parse_document
) -> Mapping[str, Any]:
    """Read a document and keep its parts, which have the same ids whenever it is read.

    A document that cannot be read is marked as failed, with the reason, and so is the job. One that is deleted,
    before or meanwhile, is skipped and leaves nothing behind. A job that is cancelled before the first part is saved
    leaves the document's earlier text as it was; from then on it is finished, as that takes seconds, and its file is
    kept where no upload expires. Where a crash ends
    it half-way all the same, the document stays unfinished until it is read again, and nothing is written with it.
    """
    payload = parse_payload(ProcessDocumentPayload, job.payload)
    document = services.documents.get(job.org_id, payload.document_id)
    if document is None:
        return _skipped(payload.document_id)
    try:
        context.report("reading the document")
        body = _uploaded(document, services)
        parsed = parse(body, media_type=document.media_type, name=document.name)
    except PermanentError as error:
        _require_not_overtaken(context)
        _update(document, services, state=DocumentState.FAILED, error=error.reason, job_id=job.job_id)
        raise
    _require_not_overtaken(context)
    return _kept(job, context, document, body, parsed, services)


def _require_not_overtaken(context: JobContext) -> None:
    """Ask now: a run may stand still for so long that another has the job, and has read the document."""
    context.beat()
    context.glance()


def _uploaded(document: Document, services: Services) -> bytes:
    path = f"/api/documents/{document.document_id}"
    stored = services.uploads.get(document.object_key)
    if stored is None:
        raise PermanentError(
            "its file was not uploaded: PUT it to the address that POST /api/documents answered, and only then POST "
            f"{path}/process; when the address has expired, announce the document again"
        )
    body, _ = stored
    if len(body) != document.size:
        raise PermanentError(
            f"the uploaded file has {len(body)} bytes, but {document.size} were announced: upload the file that was "
            f"announced and POST {path}/process, or announce this one with POST /api/documents"
        )
    return body


def _kept(
    job: Job, context: JobContext, document: Document, body: bytes, parsed: ParsedDocument, services: Services
) -> Mapping[str, Any]:
    parts = split_text(parsed.text, most=MAX_ITEM_CHARACTERS)
    # Whatever dies from here on, the document says how many parts there may be.
    most = max(document.items, len(parts))
    begun = {"state": DocumentState.PROCESSING, "error": None, "job_id": job.job_id, "items": most, "unfinished": True}
    key = _keep_file(document, body, services)
    under_way = _update(document, services, **begun, object_key=key)
    if under_way is None:
        services.uploads.delete(key)
        return _skipped(document.document_id)
    for item in _items(job, document, parsed.title or document.name, parts, services):
        with suppress(JobCancelled):
            context.glance()
        # No marks: a part is known by its id.
        services.items.save(item, marks=(), expires_at=document.created_at + _AS_GOOD_AS_FOR_EVER)
    _delete_parts(document, len(parts), most, services)
    characters = sum(map(len, parts))
    whole = {"state": DocumentState.READY, "items": len(parts), "characters": characters, "unfinished": False}
    ready = _update(under_way, services, **whole)
    if ready is None:
        _delete_parts(document, 0, len(parts), services)
        services.uploads.delete(key)
        return _skipped(document.document_id)
    if key != document.object_key:
        services.uploads.delete(document.object_key)
    log.info("document read", action="document_read", document_id=document.document_id, items=len(parts))
    return {
        "outcome": "ready",
        "document_id": document.document_id,
        "items": len(parts),
        "characters": characters,
    }


def _keep_file(document: Document, body: bytes, services: Services) -> str:
    """Where the file is kept from now on. The upload itself goes last, or by its expiry: a crash costs nothing."""
    key = kept_key(document.object_key)
    if key != document.object_key:
        services.uploads.put(key, body, document.media_type)
    return key


def _items(job: Job, document: Document, title: str, parts: Sequence[str], services: Services) -> list[ContextItem]:
    now = services.engine.clock()
    return [
        ContextItem(
            org_id=document.org_id,
            item_id=part_id(document, number),
            origin="document",
            origin_id=document.document_id,
            title=title,
            text=text,
            first_seen_at=document.created_at,
            changed_at=now,
            content_hash=content_hash(title, text),
            job_id=job.job_id,
            part=number,
            parts=len(parts),
        )
        for number, text in enumerate(parts, start=1)
    ]


def _delete_parts(document: Document, after: int, until: int, services: Services) -> None:
    for number in range(after + 1, until + 1):
        services.items.delete(document.org_id, part_id(document, number))


def _update(document: Document, services: Services, **changes: Any) -> Document | None:
    """The document as stored then; None when it was deleted meanwhile."""
    after = document.model_copy(update={**changes, "updated_at": services.engine.clock()})
    return after if services.documents.update(after) else None


def _skipped(document_id: str) -> Mapping[str, Any]:
    reason = "there is no such document; it may have been deleted"
    return {"outcome": "skipped", "document_id": document_id, "reason": reason}
