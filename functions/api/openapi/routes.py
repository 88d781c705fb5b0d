"""The API's description, sent compressed to whoever takes it so, and not again to whoever has it. Decision 0039."""

import base64
import gzip
import hashlib
from functools import lru_cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Header

from functions.api.documentation import PUBLIC, openapi_document
from functions.api.resolver import new_router

router = new_router()

_ANSWERS: dict[int, Any] = {
    200: {
        "description": "The document.",
        "content": {"application/json": {"schema": {"type": "object"}}},
        "headers": {"ETag": {"schema": {"type": "string"}, "description": "Send it as `If-None-Match` next time."}},
    },
    304: {"description": "It is as the `ETag` of `If-None-Match` says.", "content": {}},
}


@router.get(
    "/openapi.json",
    summary="This document",
    tags=["description"],
    responses=_ANSWERS,
    openapi_extensions=PUBLIC,
)
def describe(
    request: Request,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", description="The `ETag` you have.")] = None,
) -> Response[str]:
    text = openapi_document(request.context["resolver"], server_url=request.context["base_url"])
    is_small = _takes_gzip(request.headers.get("accept-encoding", ""))
    body, tag = _sent(text, is_small=is_small)
    headers = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Encoding", "ETag": tag}
    if tag in (if_none_match or ""):
        return Response(status_code=304, headers=headers, body="")
    coding = {"Content-Encoding": "gzip"} if is_small else {}
    answer = Response(status_code=200, content_type="application/json", body=body, headers={**headers, **coding})
    answer.base64_encoded = is_small
    return answer


def _takes_gzip(accepted: str) -> bool:
    """Whether `Accept-Encoding` names gzip, and not with a weight of nothing."""
    for coding in accepted.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        if name == "gzip":
            return bool(weight.strip("0.")) if weight else True
    return False


@lru_cache(maxsize=8)
def _sent(text: str, *, is_small: bool) -> tuple[str, str]:
    """The body as the event of an answer has it, and its entity tag: each coding has its own (RFC 9110, 8.8.3)."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    if not is_small:
        return text, f'"{digest}"'
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(), f'"{digest}-gzip"'
