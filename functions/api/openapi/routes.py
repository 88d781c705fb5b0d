"""The API's description."""

from typing import Any

from aws_lambda_powertools.event_handler import Request, Response

from functions.api.documentation import PUBLIC, openapi_document
from functions.api.resolver import new_router

router = new_router()

_ANSWERS: dict[int, Any] = {
    200: {"description": "The document.", "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get(
    "/openapi.json",
    summary="This document",
    tags=["description"],
    responses=_ANSWERS,
    openapi_extensions=PUBLIC,
)
def describe(request: Request) -> Response[str]:
    text = openapi_document(request.context["resolver"], server_url=request.context["base_url"])
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(status_code=200, content_type="application/json", body=text, headers=headers)
