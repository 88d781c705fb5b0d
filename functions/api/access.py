"""Who may make which call: one table over all routes. Decision 0033.

    operators   the whole deployment: `org_id` on lists, every dead letter, the figures of queues and schedules
    admins      their own organisation, its accounts, notification settings and dead letters included
    (none)      editors: content, sources, documents, schedules and jobs of their organisation
    viewers     reads alone

A route that is not in the table is refused.
"""

import re
from collections.abc import Mapping
from enum import Enum

from functions.api.identity import Caller
from functions.api.refusals import Forbidden


class Access(Enum):
    """What a call asks of its caller."""

    READ = "read"
    EDIT = "edit"
    ADMINISTER = "administer"


def _calls(access: Access, *calls: str) -> dict[tuple[str, str], Access]:
    """Each call is a method and a path, as it is registered."""
    return {(method, path): access for method, _, path in (call.partition(" ") for call in calls)}


ROUTES: Mapping[tuple[str, str], Access] = {
    **_calls(
        Access.READ,
        *("GET /api/jobs", "GET /api/jobs/<job_id>", "GET /api/ai/generate/status/<job_id>"),
        *("GET /api/content", "GET /api/content/<content_id>", "GET /api/learnings"),
        *("GET /api/analytics/summary", "GET /api/analytics/breakdown", "GET /api/analytics/posts/<post_id>"),
        *("GET /api/sources", "GET /api/sources/<source_id>", "GET /api/context", "GET /api/context/<item_id>"),
        *("GET /api/documents", "GET /api/documents/<document_id>"),
        *("GET /api/schedules", "GET /api/schedules/<schedule_id>"),
        *("GET /api/accounts", "GET /api/accounts/<account_id>"),
        *("GET /api/notifications", "GET /api/notifications/<notification_id>", "GET /api/notification-settings"),
        *("GET /api/stats", "GET /api/health"),
    ),
    **_calls(
        Access.EDIT,
        *("POST /api/ai/generate", "POST /api/jobs", "POST /api/jobs/bulk", "POST /api/jobs/<job_id>/retry"),
        "DELETE /api/jobs/<job_id>",
        *("POST /api/sources", "PATCH /api/sources/<source_id>", "DELETE /api/sources/<source_id>"),
        "POST /api/sources/<source_id>/fetch",
        *("POST /api/documents", "DELETE /api/documents/<document_id>", "POST /api/documents/<document_id>/process"),
        *("DELETE /api/context", "DELETE /api/context/<item_id>"),
        *("POST /api/schedules", "PATCH /api/schedules/<schedule_id>", "DELETE /api/schedules/<schedule_id>"),
        *("POST /api/notifications/read-all", "POST /api/notifications/<notification_id>/read"),
    ),
    **_calls(
        Access.ADMINISTER,
        *("POST /api/accounts", "PATCH /api/accounts/<account_id>", "DELETE /api/accounts/<account_id>"),
        *("POST /api/accounts/authorizations", "POST /api/accounts/authorizations/<authorization_id>"),
        "PUT /api/notification-settings",
        "POST /api/notification-settings/emails/<email_id>/confirm",
        "POST /api/notification-settings/emails/<email_id>/send-code",
        "POST /api/notification-settings/webhooks/<webhook_id>/rotate",
        "POST /api/notification-settings/webhooks/<webhook_id>/test",
        "POST /api/notifications/<notification_id>/deliveries/<delivery>/resend",
        *("GET /api/dead-letters", "GET /api/dead-letters/<lane>", "POST /api/dead-letters/<lane>/redrive"),
    ),
}


def require_access(caller: Caller, method: str, path: str) -> None:
    """Raises Forbidden when the caller's groups do not let them make this call, or it is in no table."""
    access = access_to(method, path)
    if access is None:
        raise Forbidden("nobody may make this call")
    if not _may(caller, access):
        raise Forbidden(_WHY[access])


def access_to(method: str, path: str) -> Access | None:
    """What a call asks for; None for one that is not in the table."""
    route = _route(method, path)
    return ROUTES[route] if route else None


def route_of(method: str, path: str) -> str | None:
    """The call as it is in the table, such as `GET /api/jobs/<job_id>`; None for what is not."""
    route = _route(method, path)
    return " ".join(route) if route else None


def _route(method: str, path: str) -> tuple[str, str] | None:
    return next((route for route in ROUTES if route[0] == method and _fits(route[1], path)), None)


_WHY = {
    Access.EDIT: "members of the group viewers only read; ask an administrator of your organisation",
    Access.ADMINISTER: "only administrators of your organisation may make this call: members of the group admins",
}


def _may(caller: Caller, access: Access) -> bool:
    if access is Access.READ:
        return True
    if access is Access.EDIT:
        return not caller.is_viewer
    return caller.is_admin


def _fits(rule: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"<\w+>", "[^/]+", rule), path) is not None
