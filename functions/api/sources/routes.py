"""Sources: the pages and feeds that are read again and again."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.answers import accepted, answers, gone, json_answer
from functions.api.cursors import Listing
from functions.api.identity import Caller
from functions.api.models import Accepted
from functions.api.parameters import DEFAULT_LIMIT, Cursor, IdempotencyKey, Limit, PathId, is_id
from functions.api.preconditions import IfMatch
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import BaseUrl, Services, TheCaller, TheServices
from functions.api.sources.keep import (
    change_source,
    create_source,
    delete_source,
    fetch_source,
    find_source,
    source_tag,
)
from functions.api.sources.models import SourceChange, SourceList, SourceRequest, SourceView
from functions.shared.domain.context.model import Source

router = new_router()


@router.post(
    "/api/sources",
    summary="Add a source: a page of a website, or a feed",
    description="Its first fetch begins at once. At most 100 for an organisation, each address once.",
    tags=["context"],
    status_code=201,
    responses=answers(201, SourceView, 409, body=True),
)
def add_source(
    body: Annotated[SourceRequest, Body()], services: TheServices, caller: TheCaller, base_url: BaseUrl
) -> Response[str]:
    source = create_source(body, caller.org_id, services=services)
    location = f"{base_url}/api/sources/{source.source_id}"
    return json_answer(201, SourceView.model_validate(source), headers={"Location": location})


@router.get(
    "/api/sources", summary="List sources, oldest first", tags=["context"], responses=answers(200, SourceList, 422)
)
def list_sources(
    services: TheServices, caller: TheCaller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[str]:
    listing = Listing("sources", caller.org_id)
    after = listing.position(cursor) or ""
    rest = [source for source in services.sources.of_org(caller.org_id) if source.source_id > after]
    items = [SourceView.model_validate(source) for source in rest[:limit]]
    next_cursor = listing.cursor(items[-1].source_id) if len(rest) > limit else None
    return json_answer(200, SourceList(items=items, next_cursor=next_cursor))


@router.get(
    "/api/sources/<source_id>",
    summary="Look at a source",
    tags=["context"],
    responses=answers(200, SourceView, 404, editable=True),
)
def show_source(source_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    return _shown(_the_source(source_id, services, caller))


@router.patch(
    "/api/sources/<source_id>",
    summary="Change a source, or switch it off or on",
    description="A new address is fetched within some minutes; one that is switched on again, when its cron says.",
    tags=["context"],
    responses=answers(200, SourceView, 404, 409, 412, body=True, editable=True),
)
def update_source(
    source_id: PathId,
    body: Annotated[SourceChange, Body()],
    services: TheServices,
    caller: TheCaller,
    if_match: IfMatch = None,
) -> Response[str]:
    source = _the_source(source_id, services, caller)
    return _shown(change_source(source, body, if_match=if_match, services=services))


@router.delete(
    "/api/sources/<source_id>",
    summary="Delete a source",
    description="The items it has brought stay, also those of a fetch that is under way; delete them with "
    "`DELETE /api/context?source=...`.",
    tags=["context"],
    status_code=204,
    responses=gone(),
)
def remove_source(source_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    delete_source(_the_source(source_id, services, caller), services=services)
    return Response(status_code=204, body="")


@router.post(
    "/api/sources/<source_id>/fetch",
    summary="Fetch a source now",
    description="The planned fetches go on as they are.",
    tags=["context"],
    status_code=202,
    responses=answers(202, Accepted, 404, 409, 429),
)
def fetch_now(
    source_id: PathId,
    services: TheServices,
    caller: TheCaller,
    base_url: BaseUrl,
    idempotency_key: IdempotencyKey = None,
) -> Response[str]:
    source = _the_source(source_id, services, caller)
    job = fetch_source(source, idempotency_key=idempotency_key, services=services)
    return accepted(job, status_url=f"{base_url}/api/jobs/{job.job_id}")


def _shown(source: Source) -> Response[str]:
    return json_answer(200, SourceView.model_validate(source), headers={"ETag": source_tag(source)})


def _the_source(source_id: str, services: Services, caller: Caller) -> Source:
    if not is_id(source_id):
        raise Missing("source", source_id)
    return find_source(caller.org_id, source_id, services=services)
