"""The OpenAPI 3.1 document, made from the routes when it is first asked for. Decision 0039."""

import json
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from functions.api.answers import problems
from functions.api.jobs.typed import tell_types
from functions.api.openapi.links import add_links
from functions.api.problems import Problem, header_name

API_VERSION = "1.0.0"
PUBLIC: dict[str, Any] = {"security": []}
"""Marks a call that needs no token."""

_DESCRIPTION = (
    "Everything that takes time is a background job: submitting one answers 202 at once, with an address to poll. "
    "Errors are RFC 9457 problems that name each field and what to send instead. "
    "Lists hold at most 100 items a page and go on with `cursor`. "
    "Whatever has GET has HEAD. A query parameter that a call does not have is refused, as are compressed bodies."
)
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A Cognito id token; the organisation is its claim `custom:org_id`.",
}
_GATEWAYS_OWN = {
    "title": "GatewayRefusal",
    "description": "API Gateway's own words, where it answers before the API sees the request.",
    "type": "object",
    "properties": {"message": {"type": "string"}},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "title": "Idempotency-Key"},
    "description": "Any text of yours, 1 to 255 visible characters: a repeat with the same body makes nothing again "
    "and is answered as the first time, for a day.",
}
_CONFLICT = problems(409)[409]
# The resolver documents validation errors in a shape of its own, which this API does not answer with.
_NOT_OURS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")


@lru_cache(maxsize=8)
def openapi_document(resolver: APIGatewayHttpResolver, *, server_url: str) -> str:
    """The document as JSON, for an API reached at `server_url`."""
    # Servers and security are added here, because the resolver's types for them take 50 ms to import.
    text = resolver.get_openapi_json_schema(title="Flywheel", version=API_VERSION, description=_DESCRIPTION)
    document: dict[str, Any] = {
        **json.loads(text),
        "servers": [{"url": server_url}],
        "security": [{"bearer": []}],
    }
    document["components"]["securitySchemes"] = {"bearer": _BEARER}
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(operation)
            if method == "post":
                _take_key(operation)
    _add_schemas(document)
    tell_types(document["components"]["schemas"])
    add_links(document)
    _drop_unused(document)
    return json.dumps(document, separators=(",", ":"))


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "header":
            parameter["name"] = header_name(parameter["name"])
    if "HTTPValidationError" in json.dumps(answers.get("422", {})):
        del answers["422"]
    operation["responses"] = {status: answers[status] for status in sorted(answers)}


def _take_key(operation: dict[str, Any]) -> None:
    """Every POST takes the header; those whose routes do not read it are repeated by `answer_once`."""
    parameters = operation.setdefault("parameters", [])
    if not any(parameter["name"] == _KEY["name"] for parameter in parameters):
        parameters.append(_KEY)
    operation["responses"].setdefault("409", _CONFLICT)
    operation["responses"] = {status: operation["responses"][status] for status in sorted(operation["responses"])}


def _drop_unused(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    while unused := [name for name in schemas if f'"#/components/schemas/{name}"' not in json.dumps(document)]:
        for name in unused:
            del schemas[name]


def _add_schemas(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in _NOT_OURS:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    schemas["GatewayRefusal"] = _GATEWAYS_OWN
