"""Makes an HTTP event fit to be routed, and reads JSON bodies, before any route sees them."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from functions.api.refusals import BadField, BadFields, NotJson, TooLarge, WrongCoding, WrongMediaType

MAX_BODY_BYTES = 1024 * 1024

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def routable(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with its body as text and without empty query parameters, which count as not given.

    Raises WrongCoding, WrongMediaType, NotJson or TooLarge for a body that no route could read.
    """
    query = {name: value for name, value in (event.get("queryStringParameters") or {}).items() if value}
    routable = {**event, "queryStringParameters": query}
    if not event.get("body"):
        return {**routable, "body": None, "isBase64Encoded": False}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    _require_plain(headers.get("content-encoding", ""))
    _require_json(headers.get("content-type", ""))
    headers["content-type"] = "application/json"
    return {**routable, "headers": headers, "body": _text(event), "isBase64Encoded": False}


def json_object(text: str) -> dict[str, Any]:
    """Parse a body strictly: an object, of standard JSON numbers and of text that UTF-8 can carry."""
    try:
        parsed = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        if _SURROGATE.search(text):
            json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise NotJson(f"the body is not valid JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise NotJson("the body is nested too deeply") from None
    except ValueError:
        raise NotJson("the body holds a number or a text that cannot be stored") from None
    if not isinstance(parsed, dict):
        raise BadFields(BadField("body", "must be a JSON object, as in {...}"))
    return parsed


def _require_plain(coding: str) -> None:
    if coding.strip().lower() not in ("", "identity"):
        raise WrongCoding("send the body as it is, without `Content-Encoding`: compressed bodies are not read")


def _require_json(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in ("", "application/json"):
        raise WrongMediaType("send the body as JSON, with `Content-Type: application/json`")


def _text(event: Mapping[str, Any]) -> str:
    body = str(event["body"])
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        if len(raw) > MAX_BODY_BYTES:
            raise TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes", field="body")
        return raw.decode()
    except ValueError:
        raise NotJson("the body is not text in UTF-8") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number
