"""How much work there is and what becomes of it."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.answers import answers, json_answer
from functions.api.parameters import is_id
from functions.api.refusals import BadField, BadFields, Forbidden
from functions.api.resolver import new_router
from functions.api.services import Services, TheCaller, TheServices
from functions.api.stats.count import job_stats, next_runs
from functions.api.stats.models import Stats

router = new_router()


@router.get(
    "/api/stats",
    summary="Counts, ages and rates of jobs",
    description="Of your own organisation; for operators of the whole deployment, or of one organisation. "
    "At most five seconds old.",
    tags=["jobs"],
    responses=answers(200, Stats, 422),
)
def show_stats(
    services: TheServices,
    caller: TheCaller,
    org_id: Annotated[str | None, Query(description="One organisation; for operators.")] = None,
) -> Response[str]:
    if org_id is not None and not caller.is_operator:
        raise Forbidden("only operators may pass org_id; leave it out to see your own organisation's figures")
    if org_id is not None and not is_id(org_id):
        raise BadFields(BadField("org_id", "is not an organisation's id"))
    shown = org_id if caller.is_operator else caller.org_id
    key = ("stats", shown, caller.is_operator)
    return json_answer(200, services.recent.get(key, lambda: _stats(shown, services, is_whole=caller.is_operator)))


def _stats(shown: str | None, services: Services, *, is_whole: bool) -> Stats:
    orgs = [org.org_id for org in services.organisations.all()] if shown is None else [shown]
    return job_stats(
        orgs,
        engine=services.engine,
        org_id=shown,
        queues=services.queue_depths() if is_whole else None,
        next_runs=next_runs(services.timetables, services.engine.clock()) if is_whole else None,
    )
