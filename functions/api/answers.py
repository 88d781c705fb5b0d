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
    413: "The body or the payload is too large.",
    415: "The body is not sent as JSON.",
    422: "Fields are not acceptable; each is named.",
    429: "Too many active jobs; try again after `Retry-After` seconds.",
    500: "An error on our side; report the trace_id.",
    503: "A dependency is unavailable; try again after `Retry-After` seconds.",
}
_ALWAYS = (401, 403, 500, 503)
_WITH_BODY = (400, 413, 415, 422)
_GATEWAYS_OWN = {"type": "object", "properties": {"message": {"type": "string"}}}
_TEXT_HEADER = {"schema": {"type": "string"}}
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


def answers(status: int, model: type[BaseModel], *errors: int, body: bool = False) -> dict[int, Any]:
    """The documented answers of an authenticated call: success, its own `errors`, and what any such call may get."""
    success: dict[str, Any] = {
        "description": (model.__doc__ or "").strip(),
        "content": {"application/json": {"model": model}},
    }
    if model is Accepted:
        success["headers"] = {"Location": _TEXT_HEADER, "Retry-After": _SECONDS_HEADER}
    return {status: success, **problems(*errors, *_ALWAYS, *(_WITH_BODY if body else ()))}


def problems(*statuses: int) -> dict[int, Any]:
    """The documented error answers."""
    return {status: _problem(status) for status in sorted(set(statuses))}


def _problem(status: int) -> dict[str, Any]:
    documented: dict[str, Any] = {
        "description": _MEANINGS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REF}}},
    }
    if status == 401:  # API Gateway refuses a token before the API sees the request, in words of its own
        documented["content"]["application/json"] = {"schema": _GATEWAYS_OWN}
    if status in (429, 503):
        documented["headers"] = {"Retry-After": _SECONDS_HEADER}
    return documented
