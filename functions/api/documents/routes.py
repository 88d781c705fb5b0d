"""Documents: files that are uploaded, read, and become context."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.answers import accepted, answers, gone, json_answer
from functions.api.context.models import DocumentCreated, DocumentList, DocumentRequest, DocumentView, UploadView
from functions.api.cursors import Listing
from functions.api.documents.keep import create_document, delete_document, find_document, process_document, settled
from functions.api.identity import Caller
from functions.api.models import Accepted
from functions.api.parameters import DEFAULT_LIMIT, Cursor, Limit, PathId, is_id
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import BaseUrl, Services, TheCaller, TheServices
from functions.shared.domain.context.model import Document

router = new_router()


@router.post(
    "/api/documents",
    summary="Announce a document, and get the address to upload it to",
    description="PDF, DOCX, plain text and Markdown, with at most 2,000,000 characters of text. Upload the file within "
    "15 minutes, then have it processed. At most 1,000 for an organisation.",
    tags=["context"],
    status_code=201,
    responses=answers(201, DocumentCreated, 409, body=True),
)
def announce_document(
    body: Annotated[DocumentRequest, Body()], services: TheServices, caller: TheCaller, base_url: BaseUrl
) -> Response[str]:
    document, upload = create_document(body, caller.org_id, services=services)
    location = f"{base_url}/api/documents/{document.document_id}"
    view = DocumentCreated(
        document_id=document.document_id,
        upload=UploadView.model_validate(upload),
        process_url=f"{location}/process",
    )
    return json_answer(201, view, headers={"Location": location})


@router.post(
    "/api/documents/<document_id>/process",
    summary="Read an uploaded document",
    description="A document that could not be read may be processed again; one that is ready may not.",
    tags=["context"],
    status_code=202,
    responses=answers(202, Accepted, 404, 409, 429),
)
def process(document_id: PathId, services: TheServices, caller: TheCaller, base_url: BaseUrl) -> Response[str]:
    job = process_document(_the_document(document_id, services, caller), services=services)
    return accepted(job, status_url=f"{base_url}/api/jobs/{job.job_id}")


@router.get(
    "/api/documents",
    summary="List documents, oldest first",
    tags=["context"],
    responses=answers(200, DocumentList, 422),
)
def list_documents(
    services: TheServices, caller: TheCaller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[str]:
    listing = Listing("documents", caller.org_id)
    rest = services.documents.page(caller.org_id, after=listing.position(cursor), limit=limit + 1)
    items = [_view(document, services) for document in rest[:limit]]
    next_cursor = listing.cursor(items[-1].document_id) if len(rest) > limit else None
    return json_answer(200, DocumentList(items=items, next_cursor=next_cursor))


@router.get(
    "/api/documents/<document_id>",
    summary="Look at a document",
    tags=["context"],
    responses=answers(200, DocumentView, 404),
)
def show_document(document_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    return json_answer(200, _view(_the_document(document_id, services, caller), services))


@router.delete(
    "/api/documents/<document_id>",
    summary="Delete a document, its file and its context items",
    description="Not while a job is reading it.",
    tags=["context"],
    status_code=204,
    responses=gone(409),
)
def remove_document(document_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    delete_document(_the_document(document_id, services, caller), services=services)
    return Response(status_code=204, body="")


def _the_document(document_id: str, services: Services, caller: Caller) -> Document:
    if not is_id(document_id):
        raise Missing("document", document_id)
    return find_document(caller.org_id, document_id, services=services)


def _view(document: Document, services: Services) -> DocumentView:
    return DocumentView.model_validate(settled(document, services=services))
