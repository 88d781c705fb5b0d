"""Context: what was read at sources and in documents."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.answers import answers, gone, json_answer
from functions.api.context.models import MOST_DELETED, ItemList, ItemsDeleted, ItemSummary, ItemView
from functions.api.cursors import Listing
from functions.api.identity import Caller
from functions.api.parameters import DEFAULT_LIMIT, Cursor, Limit, PathId, is_id
from functions.api.refusals import BadField, BadFields, Missing
from functions.api.resolver import new_router
from functions.api.services import Services, TheCaller, TheServices
from functions.shared.domain.context.model import ContextItem
from functions.shared.kernel.log import log

router = new_router()


@router.get(
    "/api/context", summary="List context items, newest first", tags=["context"], responses=answers(200, ItemList, 422)
)
def list_items(
    services: TheServices,
    caller: TheCaller,
    source: Annotated[str | None, Query(description="Only what came of this source or document.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[str]:
    if source is not None:
        _require_origin(source)
    listing = Listing("context", caller.org_id, (source,))
    found, next_before = services.items.newest(
        caller.org_id, origin_id=source, limit=limit, before=listing.position(cursor)
    )
    items = [ItemSummary.model_validate(item) for item in found]
    return json_answer(200, ItemList(items=items, next_cursor=listing.cursor(next_before)))


@router.get(
    "/api/context/<item_id>", summary="Look at a context item", tags=["context"], responses=answers(200, ItemView, 404)
)
def show_item(item_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    return json_answer(200, ItemView.model_validate(_the_item(item_id, services, caller)))


@router.delete(
    "/api/context",
    summary="Delete the items of a source or a document",
    description=f"The newest {MOST_DELETED} of them; repeat the call until it is done. No later fetch brings one back "
    "unless its text changes, and a source that still exists goes on bringing new ones. Processing a document again "
    "brings its items back; to be rid of them for good, delete the document.",
    tags=["context"],
    responses=answers(200, ItemsDeleted, 422),
)
def remove_items(
    services: TheServices,
    caller: TheCaller,
    source: Annotated[str, Query(description="The source's or the document's id, also of a deleted one.")],
) -> Response[str]:
    _require_origin(source)
    found, next_before = services.items.newest(caller.org_id, origin_id=source, limit=MOST_DELETED)
    for item in found:
        services.items.delete(item.org_id, item.item_id)
    log.info("items deleted", action="items_deleted", org_id=caller.org_id, origin_id=source, number=len(found))
    return json_answer(200, ItemsDeleted(deleted=len(found), is_done=next_before is None))


@router.delete(
    "/api/context/<item_id>",
    summary="Delete a context item",
    description="Nothing is written with it any more, and no later fetch brings it back unless its text changes.",
    tags=["context"],
    status_code=204,
    responses=gone(),
)
def remove_item(item_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    item = _the_item(item_id, services, caller)
    services.items.delete(item.org_id, item.item_id)
    return Response(status_code=204, body="")


def _require_origin(source: str) -> None:
    if not is_id(source):
        raise BadFields(BadField("source", "is not a source's or a document's id"))


def _the_item(item_id: str, services: Services, caller: Caller) -> ContextItem:
    item = services.items.get(caller.org_id, item_id) if is_id(item_id) else None
    if item is None:
        raise Missing("context item", item_id)
    return item
