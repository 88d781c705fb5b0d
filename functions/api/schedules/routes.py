"""Schedules: jobs that run again and again."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.answers import answers, gone, json_answer
from functions.api.check_payload import check_payload
from functions.api.cursors import Listing
from functions.api.identity import Caller
from functions.api.parameters import DEFAULT_LIMIT, Cursor, Limit, PathId, is_id
from functions.api.preconditions import IfMatch
from functions.api.refusals import Missing, require_values
from functions.api.resolver import new_router
from functions.api.schedules.keep import change_schedule, create_schedule, delete_schedule, find_schedule, schedule_tag
from functions.api.schedules.models import (
    NEXT_RUNS_SHOWN,
    LastRun,
    ScheduleChange,
    ScheduleList,
    ScheduleRequest,
    ScheduleView,
    SkipView,
)
from functions.api.services import BaseUrl, Services, TheCaller, TheServices
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.schedules.model import Schedule

router = new_router()


@router.post(
    "/api/schedules",
    summary="Create a schedule",
    description="At most 50 for an organisation.",
    tags=["schedules"],
    status_code=201,
    responses=answers(201, ScheduleView, 409, body=True),
)
def add_schedule(
    body: Annotated[ScheduleRequest, Body()], services: TheServices, caller: TheCaller, base_url: BaseUrl
) -> Response[str]:
    check_payload(body.type, body.payload)
    schedule = create_schedule(body, caller.org_id, agenda=services.agenda, new_id=services.engine.new_id)
    location = f"{base_url}/api/schedules/{schedule.schedule_id}"
    return json_answer(201, _view(schedule, services), headers={"Location": location})


@router.get(
    "/api/schedules",
    summary="List schedules, oldest first",
    tags=["schedules"],
    responses=answers(200, ScheduleList, 422),
)
def list_schedules(
    services: TheServices, caller: TheCaller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[str]:
    listing = Listing("schedules", caller.org_id)
    after = listing.position(cursor) or ""
    kept = [schedule for schedule in services.agenda.schedules.of_org(caller.org_id) if not schedule.deleted]
    rest = [schedule for schedule in kept if schedule.schedule_id > after]
    items = [_view(schedule, services) for schedule in rest[:limit]]
    next_cursor = listing.cursor(items[-1].schedule_id) if len(rest) > limit else None
    return json_answer(200, ScheduleList(items=items, next_cursor=next_cursor))


@router.get(
    "/api/schedules/<schedule_id>",
    summary="Look at a schedule",
    tags=["schedules"],
    responses=answers(200, ScheduleView, 404, editable=True),
)
def show_schedule(schedule_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    return _shown(_the_schedule(schedule_id, services, caller), services)


@router.patch(
    "/api/schedules/<schedule_id>",
    summary="Change, pause or resume a schedule",
    tags=["schedules"],
    responses=answers(200, ScheduleView, 404, 412, body=True, editable=True),
)
def update_schedule(
    schedule_id: PathId,
    body: Annotated[ScheduleChange, Body()],
    services: TheServices,
    caller: TheCaller,
    if_match: IfMatch = None,
) -> Response[str]:
    require_values(body, except_for=["name"])
    schedule = _the_schedule(schedule_id, services, caller)
    if body.type is not None or body.payload is not None:
        payload: Any = schedule.payload if body.payload is None else body.payload
        check_payload(body.type or schedule.type, payload)
    return _shown(change_schedule(schedule, body, if_match=if_match, agenda=services.agenda), services)


@router.delete(
    "/api/schedules/<schedule_id>",
    summary="Delete a schedule",
    description="Jobs it has made already go on.",
    tags=["schedules"],
    status_code=204,
    responses=gone(),
)
def remove_schedule(schedule_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    delete_schedule(_the_schedule(schedule_id, services, caller), agenda=services.agenda)
    return Response(status_code=204, body="")


def _shown(schedule: Schedule, services: Services) -> Response[str]:
    return json_answer(200, _view(schedule, services), headers={"ETag": schedule_tag(schedule)})


def _the_schedule(schedule_id: str, services: Services, caller: Caller) -> Schedule:
    if not is_id(schedule_id):
        raise Missing("schedule", schedule_id)
    return find_schedule(caller.org_id, schedule_id, agenda=services.agenda)


def _view(schedule: Schedule, services: Services) -> ScheduleView:
    return ScheduleView(
        schedule_id=schedule.schedule_id,
        name=schedule.name,
        type=JobType(schedule.type),
        payload=schedule.payload,
        priority=schedule.priority,
        cron=schedule.cron,
        timezone=schedule.timezone,
        enabled=schedule.enabled,
        state=_state(schedule),
        created_at=schedule.created_at,
        updated_at=schedule.updated_at,
        last_run=_last_run(schedule, services),
        next_runs=tuple(schedule.next_runs(after=services.agenda.clock(), count=NEXT_RUNS_SHOWN)),
        skipped=schedule.skipped,
        recent_skips=tuple(SkipView.model_validate(skip) for skip in schedule.skips),
        missed=schedule.missed,
        last_missed_at=schedule.last_missed_at,
    )


def _state(schedule: Schedule) -> Literal["active", "paused", "applying"]:
    if not schedule.is_applied:
        return "applying"
    return "active" if schedule.enabled else "paused"


def _last_run(schedule: Schedule, services: Services) -> LastRun | None:
    if schedule.last_job_id is None or schedule.last_run_at is None:
        return None
    job = services.engine.store.get(schedule.org_id, schedule.last_job_id)
    return LastRun(
        scheduled_at=schedule.last_run_at,
        job_id=schedule.last_job_id,
        outcome=job.status if job else None,
        reason=(job.error or job.reason) if job else None,
        finished_at=job.finished_at if job else None,
    )
