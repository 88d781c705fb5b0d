"""Whether the API lives, and whether what it needs does."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.api.answers import answers, json_answer, problems
from functions.api.documentation import PUBLIC
from functions.api.health.check import check
from functions.api.health.models import Alive, Health
from functions.api.resolver import new_router
from functions.api.services import TheServices

router = new_router()

_UNAVAILABLE = problems(503)[503]
_DEGRADED: Any = {
    **_UNAVAILABLE,
    "description": "A part is degraded: then the body is as that of 200. Or the API itself is unavailable.",
    "content": {**_UNAVAILABLE["content"], "application/json": {"model": Health}},
}


@router.get(
    "/health",
    summary="Whether the API lives; asks nothing else",
    tags=["health"],
    responses={200: {"description": "It lives.", "content": {"application/json": {"model": Alive}}}},
    openapi_extensions=PUBLIC,
)
def alive() -> Response[str]:
    return json_answer(200, Alive())


@router.get(
    "/api/health",
    summary="Whether every dependency answers",
    description="At most five seconds old. 503 with the same body when a part is degraded.",
    tags=["health"],
    responses={**answers(200, Health), 503: _DEGRADED},
)
def dependencies(services: TheServices) -> Response[str]:
    health = services.recent.get("health", lambda: check(services.probes))
    if health.status == "ok":
        return json_answer(200, health)
    return json_answer(503, health, headers={"Retry-After": "30"})
