"""Absolute addresses of the API's own resources, as the caller reaches them.

This is the one place that knows where the embedded engine differs: it serves an API under a path prefix of its
own host unless the API's host name is used, while the event names that host name in either case.
"""

from collections.abc import Mapping
from typing import Any

_EMBEDDED_DOMAIN = ".execute-api.localhost"


def base_url(event: Mapping[str, Any]) -> str:
    """The address that `/api/...` is appended to, without a trailing slash."""
    context = event["requestContext"]
    domain = str(context.get("domainName", ""))
    if domain.endswith(_EMBEDDED_DOMAIN):
        return _embedded_url(domain, context, str(event.get("headers", {}).get("host", domain)))
    return f"https://{domain}{_stage_path(context)}"


def _stage_path(context: Mapping[str, Any]) -> str:
    """Nothing for the default stage, whose name is in no address, and which a shell would take for a variable."""
    stage = context.get("stage", "$default")
    return "" if stage == "$default" else f"/{stage}"


def _embedded_url(domain: str, context: Mapping[str, Any], host: str) -> str:
    if host.startswith(domain):
        return f"http://{host}"
    return f"http://{host}/_aws/execute-api/{context['apiId']}{_stage_path(context)}"
