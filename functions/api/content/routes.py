"""What was made: pages, variants, posts."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.answers import answers, json_answer
from functions.api.content.models import (
    ContentDetail,
    ContentList,
    PageSummary,
    PageView,
    PostDetail,
    PostView,
    VariantDetail,
    VariantView,
)
from functions.api.cursors import Listing
from functions.api.parameters import DEFAULT_LIMIT, Cursor, Limit, PathId, is_id
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import TheCaller, TheServices
from functions.shared.domain.content.model import Content, Page, Post, Variant

router = new_router()


@router.get(
    "/api/content", summary="List content, newest first", tags=["content"], responses=answers(200, ContentList, 422)
)
def list_content(
    services: TheServices,
    caller: TheCaller,
    kind: Annotated[Literal["page", "variant", "post"] | None, Query(description="Only this kind.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[str]:
    listing = Listing("content", caller.org_id, (kind,))
    found, next_before = services.content.newest(caller.org_id, kind=kind, limit=limit, before=listing.position(cursor))
    items = [_summary(content) for content in found]
    return json_answer(200, ContentList(items=items, next_cursor=listing.cursor(next_before)))


@router.get(
    "/api/content/<content_id>",
    summary="Look at one content, with its variants and posts",
    tags=["content"],
    responses=answers(200, ContentDetail, 404),
)
def show_content(content_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    content = services.content.get(caller.org_id, content_id) if is_id(content_id) else None
    if content is None:
        raise Missing("content", content_id)
    return json_answer(200, _detail(content, services.content.family(caller.org_id, content_id)))


def _summary(content: Content) -> PageSummary | VariantView | PostView:
    match content:
        case Page():
            return PageSummary.model_validate(content)
        case Variant():
            return VariantView.model_validate(content)
        case Post():
            return PostView.model_validate(content)


def _detail(content: Content, family: list[Content]) -> PageView | VariantDetail | PostDetail:
    made = {
        "variants": [VariantView.model_validate(made) for made in family if isinstance(made, Variant)],
        "posts": [PostView.model_validate(made) for made in family if isinstance(made, Post)],
    }
    match content:
        case Page():
            return PageView.model_validate(content).model_copy(update=made)
        case Variant():
            return VariantDetail.model_validate(content).model_copy(update=made)
        case Post():
            return PostDetail.model_validate(content).model_copy(update=made)
