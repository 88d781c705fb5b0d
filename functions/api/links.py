"""Where a request came in, and the absolute addresses of the API's own resources as its caller reaches them.

The path of an event holds what stands before the API's own: a stage's name, or the key by which an API is mapped to a
domain (API Gateway's developer guide, "Use API mappings to connect API stages to a custom domain name for HTTP APIs").

This is the one place that knows where the embedded engine differs: it serves an API under a path prefix of its
own host unless the API's host name is used, while the event names that host name in either case.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

_EMBEDDED_DOMAIN = ".execute-api.localhost"
_DEFAULT_STAGE = "$default"


def base_url(event: Mapping[str, Any]) -> str:
    """The address that `/api/...` is appended to, without a trailing slash."""
    context = event["requestContext"]
    domain = str(context.get("domainName", ""))
    if domain.endswith(_EMBEDDED_DOMAIN):
        return _embedded_url(domain, context, str(event.get("headers", {}).get("host", domain)))
    if "rawPath" not in event:
        return f"https://{domain}{_stage_path(context)}"
    path = str(event["rawPath"])
    return f"https://{domain}{path.removesuffix(_own_path(event, path))}"


def at_the_root(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as if it had come to an API at the root of its host: its path begins with the API's own."""
    path = _own_path(event, str(event.get("rawPath", "")))
    return {**event, "rawPath": path, "requestContext": {**event["requestContext"], "stage": _DEFAULT_STAGE}}


def _own_path(event: Mapping[str, Any], path: str) -> str:
    """The part of the path that API Gateway matched with the route; without a route, what follows the stage."""
    route = str(event.get("routeKey", "")).partition(" ")[2]
    head, greedy, _ = route.partition("{proxy+}")
    if not greedy:
        return route if route and path.endswith(route) else _after_stage(event, path)
    rest = unquote(str((event.get("pathParameters") or {}).get("proxy", "")))
    start = path.find(head)
    while start >= 0:
        if unquote(path[start + len(head) :]) == rest:
            return path[start:]
        start = path.find(head, start + 1)
    return _after_stage(event, path)


def _after_stage(event: Mapping[str, Any], path: str) -> str:
    stage = _stage_path(event["requestContext"])
    return path.removeprefix(stage) if path.startswith(f"{stage}/") else path


def _stage_path(context: Mapping[str, Any]) -> str:
    """Nothing for the default stage, whose name is in no address, and which a shell would take for a variable."""
    stage = context.get("stage", _DEFAULT_STAGE)
    return "" if stage == _DEFAULT_STAGE else f"/{stage}"


def _embedded_url(domain: str, context: Mapping[str, Any], host: str) -> str:
    if host.startswith(domain):
        return f"http://{host}"
    return f"http://{host}/_aws/execute-api/{context['apiId']}{_stage_path(context)}"
