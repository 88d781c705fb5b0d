"""The one place where errors become HTTP answers, as RFC 9457 `application/problem+json`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from functions.api.refusals import (
    BadField,
    BadFields,
    Forbidden,
    MethodNotAllowed,
    Missing,
    NotJson,
    Stale,
    StillRunning,
    TooLarge,
    TooManyCalls,
    Unauthenticated,
    UnknownRoute,
    WrongCoding,
    WrongMediaType,
    field_name,
    mend,
)
from functions.shared.kernel.errors import OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.refusals import CapReached, IdempotencyKeyReused, NotFound, StateForbids
from functions.shared.kernel.store.counted import LimitReached
from functions.shared.networks.port import AppUnusable

MEDIA_TYPE = "application/problem+json"

_RETRY_SOON = {"Retry-After": "5"}
_RETRY_WHEN_JOBS_END = {"Retry-After": "30"}


class FieldProblem(BaseModel):
    """One field that is not acceptable."""

    field: str = Field(description="The field in dots, for example `payload.topic`.")
    message: str = Field(description="What is wrong with it and what to send instead.")


class Problem(BaseModel):
    """An error, as RFC 9457 lays it out."""

    type: str = Field(description="A stable name of this kind of error.")
    title: str
    status: int
    detail: str = Field(description="What happened here and how to mend it.")
    trace_id: str | None = Field(default=None, description="Name it when you report the error.")
    errors: list[FieldProblem] | None = Field(default=None, description="Each field that is not acceptable.")
    active: int | None = Field(default=None, description="Active jobs of the organisation, when over the cap.")
    limit: int | None = Field(default=None, description="How many the organisation may have, when that is the reason.")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    name: str
    title: str
    detail: str
    errors: tuple[BadField, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)


def problem_response(error: Exception, *, trace_id: str) -> Response[str]:
    """The answer to a request that ended in `error`. Nothing of an unexpected error is shown."""
    answer = _answer(error)
    return Response(
        status_code=answer.status,
        content_type=MEDIA_TYPE,
        body=problem_of(error, trace_id=trace_id).model_dump_json(exclude_none=True, ensure_ascii=True),
        headers=dict(answer.headers),
    )


def problem_of(error: Exception, *, trace_id: str | None = None) -> Problem:
    """What an error tells the caller."""
    answer = _answer(error)
    return Problem(
        type=f"urn:flywheel:problem:{answer.name}",
        title=answer.title,
        status=answer.status,
        detail=answer.detail,
        trace_id=trace_id,
        errors=[FieldProblem(field=bad.field, message=bad.message) for bad in answer.errors] or None,
        **answer.members,
    )


def is_unexpected(error: Exception) -> bool:
    """Whether the error is a fault of ours rather than a refusal."""
    return _rule(error) is _unexpected


def _answer(error: Exception) -> _Answer:
    return _rule(error)(error)


def _rule(error: Exception) -> Callable[[Any], _Answer]:
    return next((_RULES[kind] for kind in type(error).__mro__ if kind in _RULES), _unexpected)


def _unexpected(error: Exception) -> _Answer:
    detail = "something went wrong on our side and was logged; try again, and report the trace_id if it goes on"
    return _Answer(500, "internal", "Internal error", detail)


def _plain(status: int, name: str, title: str, **headers: str) -> Callable[[Exception], _Answer]:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda error: _Answer(status, name, title, str(error), headers=sent)


def _invalid(error: BadFields) -> _Answer:
    return _Answer(422, "invalid", "Invalid request", str(error), errors=error.fields)


def _invalid_for_route(error: RequestValidationError) -> _Answer:
    fields = [BadField(_of_request(tuple(part["loc"])), mend(part["type"], part["msg"])) for part in error.errors()]
    return _invalid(BadFields(*fields))


def _of_request(location: tuple[object, ...]) -> str:
    """`("body", "topic")` is the field `topic`; `("body",)` is the body itself."""
    if location[0] == "header":
        return header_name(str(location[1]))
    return field_name(location[1:] or location)


def header_name(name: str) -> str:
    """A header as it is usually written; the resolver knows headers in lower case only."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _too_large(error: TooLarge) -> _Answer:
    return _Answer(413, "too-large", "Content too large", str(error), errors=(BadField(error.field, str(error)),))


def _too_many_calls(error: TooManyCalls) -> _Answer:
    headers = {"Retry-After": str(error.seconds)}
    return _Answer(429, "too-many-calls", "Too many calls", str(error), headers=headers)


def _over_cap(error: CapReached) -> _Answer:
    return _Answer(
        429,
        "too-many-active-jobs",
        "Too many active jobs",
        str(error),
        headers=_RETRY_WHEN_JOBS_END,
        members={"active": error.active, "limit": error.limit},
    )


def _at_limit(error: LimitReached) -> _Answer:
    return _Answer(409, "limit-reached", "As many as there may be", str(error), members={"limit": error.limit})


def _still_running(error: StillRunning) -> _Answer:
    headers = {"Retry-After": str(error.seconds)}
    return _Answer(409, "still-running", "The first call still runs", str(error), headers=headers)


def _key_reused(error: IdempotencyKeyReused) -> _Answer:
    bad = BadField("Idempotency-Key", str(error))
    return _Answer(409, "idempotency-key-reused", "Idempotency key reused", str(error), errors=(bad,))


def _wrong_method(error: MethodNotAllowed) -> _Answer:
    allow = {"Allow": ", ".join(error.allowed)}
    return _Answer(405, "method-not-allowed", "Method not allowed", str(error), headers=allow)


def _unavailable(error: Exception) -> _Answer:
    return _Answer(503, "unavailable", "Temporarily unavailable; try again", str(error), headers=_RETRY_SOON)


_RULES: Mapping[type[Exception], Callable[[Any], _Answer]] = {
    NotJson: _plain(400, "not-json", "Unreadable body"),
    Unauthenticated: _plain(401, "unauthenticated", "Unauthenticated", WWW_Authenticate="Bearer"),
    Forbidden: _plain(403, "forbidden", "Forbidden"),
    UnknownRoute: _plain(404, "unknown-route", "Not found"),
    Missing: _plain(404, "not-found", "Not found"),
    NotFound: _plain(404, "not-found", "Not found"),
    MethodNotAllowed: _wrong_method,
    AppUnusable: _plain(409, "app-unusable", "The deployment has no usable app at X"),
    LimitReached: _at_limit,
    StateForbids: _plain(409, "state-forbids", "Not possible in this state"),
    IdempotencyKeyReused: _key_reused,
    StillRunning: _still_running,
    Stale: _plain(412, "stale", "Changed meanwhile"),
    TooLarge: _too_large,
    WrongCoding: _plain(415, "unsupported-coding", "Unsupported content coding", Accept_Encoding="identity"),
    WrongMediaType: _plain(415, "unsupported-media-type", "Unsupported media type"),
    BadFields: _invalid,
    RequestValidationError: _invalid_for_route,
    PermanentError: _plain(422, "unprocessable", "Cannot be processed"),
    CapReached: _over_cap,
    TooManyCalls: _too_many_calls,
    TransientError: _unavailable,
    OutcomeUnknown: _unavailable,
    RateLimited: _unavailable,
}
