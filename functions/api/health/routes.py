"""Whether the API lives, and whether what it needs does."""

from aws_lambda_powertools.event_handler import Response

from functions.api.answers import answers, json_answer
from functions.api.documentation import PUBLIC
from functions.api.health.check import check
from functions.api.health.models import Alive, Health
from functions.api.resolver import new_router
from functions.api.services import TheServices

router = new_router()


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
    description="503 with the same body when a part is degraded.",
    tags=["health"],
    responses={
        **answers(200, Health),
        503: {"description": "A part is degraded.", "content": {"application/json": {"model": Health}}},
    },
)
def dependencies(services: TheServices) -> Response[str]:
    health = check(services.probes)
    return json_answer(200 if health.status == "ok" else 503, health)
