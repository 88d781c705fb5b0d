"""Builds answers, and says for the OpenAPI document which answers a call has."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from functions.api.models import Accepted
from functions.api.problems import MEDIA_TYPE
from functions.shared.kernel.jobs.model import Job

PROBLEM_REF = "#/components/schemas/Problem"

_POLL_AFTER_SECONDS = 2

_MEANINGS = {
    400: "The body is not valid JSON.",
    401: "The token is missing or not valid.",
    403: "The token names no organisation, or the call is an administrator's.",
    404: "The organisation has no such thing.",
    409: "The state forbids it, or the Idempotency-Key was used with another body.",
    412: "It was changed since the `ETag` of `If-Match` was answered; read it again.",
    413: "The body or the payload is too large.",
    415: "The body is not sent as JSON, or is compressed.",
    422: "Fields are not acceptable; each is named.",
    429: "Too many calls, or too many active jobs; try again after `Retry-After` seconds.",
    500: "An error on our side; report the trace_id.",
    503: "A dependency is unavailable; try again after `Retry-After` seconds.",
}
_ALWAYS = (401, 403, 422, 429, 500, 503)
_WITH_BODY = (400, 413, 415, 422)
GATEWAYS_REF = "#/components/schemas/GatewayRefusal"
_GATEWAYS = (401, 429, 503)
_TEXT_HEADER = {"schema": {"type": "string"}}
_TAG_HEADER = {"schema": {"type": "string"}, "description": "Send it as `If-Match` with a change of what you saw."}
_SECONDS_HEADER = {"schema": {"type": "integer"}, "description": "Seconds."}


def json_answer(
    status: int, view: BaseModel, *, headers: Mapping[str, str] | None = None, exclude_none: bool = False
) -> Response[str]:
    """An answer with a view as its body."""
    body = view.model_dump_json(exclude_none=exclude_none)
    return Response(status_code=status, content_type="application/json", body=body, headers=dict(headers or {}))


def accepted(job: Job, *, status_url: str) -> Response[str]:
    """202: the work is taken in; watch it at `status_url`."""
    view = Accepted(job_id=job.job_id, status=job.status, status_url=status_url)
    return json_answer(202, view, headers={"Location": status_url, "Retry-After": str(_POLL_AFTER_SECONDS)})


def answers(
    status: int, model: type[BaseModel], *errors: int, body: bool = False, editable: bool = False
) -> dict[int, Any]:
    """The documented answers of an authenticated call: success, its own `errors`, and what any such call may get.

    With `editable`, the answer has an entity tag.
    """
    success: dict[str, Any] = {
        "description": (model.__doc__ or "").strip(),
        "content": {"application/json": {"model": model}},
    }
    if model is Accepted:
        success["headers"] = {"Location": _TEXT_HEADER, "Retry-After": _SECONDS_HEADER}
    if editable:
        success["headers"] = {"ETag": _TAG_HEADER}
    return {status: success, **problems(*errors, *_ALWAYS, *(_WITH_BODY if body else ()))}


def gone(*errors: int) -> dict[int, Any]:
    """The documented answers of a call that deletes something."""
    return {204: {"description": "It is gone.", "content": {}}, **problems(404, *errors, *_ALWAYS)}


def problems(*statuses: int) -> dict[int, Any]:
    """The documented error answers."""
    return {status: _problem(status) for status in sorted(set(statuses))}


def _problem(status: int) -> dict[str, Any]:
    documented: dict[str, Any] = {
        "description": _MEANINGS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REF}}},
    }
    if status in _GATEWAYS:  # API Gateway answers these before the API sees the request, in words of its own
        documented["content"]["application/json"] = {"schema": {"$ref": GATEWAYS_REF}}
    if status in (429, 503):
        documented["headers"] = {"Retry-After": _SECONDS_HEADER}
    return documented
