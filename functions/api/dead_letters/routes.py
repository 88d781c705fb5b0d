"""Dead letters, for administrators: what could not be handled, and sending it back."""

import time
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from functions.api.answers import answers, json_answer
from functions.api.dead_letters.models import (
    DeadLetterList,
    DeadLetterQueueList,
    DeadLetterQueueView,
    DeadLetterView,
    RedriveRequest,
    RedriveView,
)
from functions.api.identity import Caller
from functions.api.parameters import Limit
from functions.api.refusals import Forbidden, Missing
from functions.api.resolver import new_router
from functions.api.services import Services, TheCaller, TheServices
from functions.shared.kernel.dead_letters.browse import browse
from functions.shared.kernel.dead_letters.redrive import is_one_of, redrive_all, redrive_chosen

router = new_router()

DEFAULT_SHOWN = 20
# As many as are surely sent back, at their pace, within the API's 29 seconds.
MOST_PER_CALL = 200

Lane = Annotated[str, Path(description="A queue of `GET /api/dead-letters`.")]


@router.get(
    "/api/dead-letters",
    summary="Count the dead letters of each queue",
    description="For administrators.",
    tags=["dead letters"],
    responses=answers(200, DeadLetterQueueList),
)
def list_queues(services: TheServices, caller: TheCaller) -> Response[str]:
    _require_admin(caller)
    queues = services.dead_letters
    items = [DeadLetterQueueView(lane=lane, messages=queues.count(lane)) for lane in queues.lanes]
    return json_answer(200, DeadLetterQueueList(items=items))


@router.get(
    "/api/dead-letters/<lane>",
    summary="Look at a queue's dead letters",
    description="For administrators. The messages stay where they are.",
    tags=["dead letters"],
    responses=answers(200, DeadLetterList, 404, 422),
)
def show_queue(lane: Lane, services: TheServices, caller: TheCaller, limit: Limit = DEFAULT_SHOWN) -> Response[str]:
    lane = _known(lane, services, caller)
    found = browse(lane, limit=limit, queues=services.dead_letters, jobs=services.engine.store)
    items = [DeadLetterView.of(dead) for dead in found]
    return json_answer(200, DeadLetterList(items=items, messages=services.dead_letters.count(lane)))


@router.post(
    "/api/dead-letters/<lane>/redrive",
    summary="Send dead letters back to their queue",
    description="For administrators. The jobs start afresh with their history kept; a message sent back twice runs "
    "its job once.",
    tags=["dead letters"],
    status_code=202,
    responses=answers(202, RedriveView, 404, body=True),
)
def redrive(
    lane: Lane, body: Annotated[RedriveRequest, Body()], services: TheServices, caller: TheCaller
) -> Response[str]:
    lane = _known(lane, services, caller)
    queues = services.dead_letters
    if body.is_choice:
        wanted = is_one_of(frozenset(body.message_ids or ()), frozenset(body.job_ids or ()))
        done = redrive_chosen(lane, wanted, queues=queues, pause=time.sleep)
    else:
        done = redrive_all(lane, queues=queues, pause=time.sleep, at_most=MOST_PER_CALL)
    view = RedriveView(lane=lane, moved=done.moved, remaining=done.remaining, is_moving=done.is_moving)
    return json_answer(202, view)


def _require_admin(caller: Caller) -> None:
    if not caller.is_admin:
        raise Forbidden("only administrators may see and send back dead letters")


def _known(lane: str, services: Services, caller: Caller) -> str:
    _require_admin(caller)
    if lane not in services.dead_letters.lanes:
        raise Missing("dead-letter queue", lane)
    return lane
