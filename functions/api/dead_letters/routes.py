"""Dead letters: what could not be handled, and sending it back.

Operators have all of them, administrators those of their own organisation. Decision 0033.
"""

import time
from dataclasses import replace
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
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import Services, TheCaller, TheServices
from functions.shared.kernel.dead_letters.browse import HIDE_SECONDS, browse, explain, held, pointer_of
from functions.shared.kernel.dead_letters.queues import Letter
from functions.shared.kernel.dead_letters.redrive import LOOKED_THROUGH, is_one_of, redrive_all, redrive_chosen

router = new_router()

DEFAULT_SHOWN = 20
# As many as are surely sent back, at their pace, within the API's 29 seconds.
MOST_PER_CALL = 200

Lane = Annotated[str, Path(description="A queue of `GET /api/dead-letters`.")]


@router.get(
    "/api/dead-letters",
    summary="Count the dead letters of each queue",
    description="For operators; administrators get the numbers of their own organisation.",
    tags=["dead letters"],
    responses=answers(200, DeadLetterQueueList),
)
def list_queues(services: TheServices, caller: TheCaller) -> Response[str]:
    items = [
        DeadLetterQueueView(lane=lane, messages=_count(lane, services, caller)) for lane in services.dead_letters.lanes
    ]
    return json_answer(200, DeadLetterQueueList(items=items))


@router.get(
    "/api/dead-letters/<lane>",
    summary="Look at a queue's dead letters",
    description="For operators; administrators get those of their own organisation. The messages stay where they are.",
    tags=["dead letters"],
    responses=answers(200, DeadLetterList, 404, 422),
)
def show_queue(lane: Lane, services: TheServices, caller: TheCaller, limit: Limit = DEFAULT_SHOWN) -> Response[str]:
    lane = _known(lane, services)
    if caller.is_operator:
        found = browse(lane, limit=limit, queues=services.dead_letters, jobs=services.engine.store)
    else:
        found = [explain(letter, jobs=services.engine.store) for letter in _own(lane, services, caller)[:limit]]
    items = [DeadLetterView.of(dead) for dead in found]
    return json_answer(200, DeadLetterList(items=items, messages=_count(lane, services, caller)))


@router.post(
    "/api/dead-letters/<lane>/redrive",
    summary="Send dead letters back to their queue",
    description="For operators; administrators send back those of their own organisation. The jobs start afresh with "
    "their history kept; a message sent back twice runs its job once.",
    tags=["dead letters"],
    status_code=202,
    responses=answers(202, RedriveView, 404, body=True),
)
def redrive(
    lane: Lane, body: Annotated[RedriveRequest, Body()], services: TheServices, caller: TheCaller
) -> Response[str]:
    lane = _known(lane, services)
    queues = services.dead_letters
    if body.is_choice or not caller.is_operator:
        chosen = is_one_of(frozenset(body.message_ids or ()), frozenset(body.job_ids or ()))

        def wanted(letter: Letter) -> bool:
            return _is_theirs(letter, caller) and (chosen(letter) or not body.is_choice)

        done = redrive_chosen(lane, wanted, queues=queues, pause=time.sleep, at_most=MOST_PER_CALL)
        done = replace(done, remaining=_count(lane, services, caller))
    else:
        done = redrive_all(lane, queues=queues, pause=time.sleep, at_most=MOST_PER_CALL)
    view = RedriveView(lane=lane, moved=done.moved, remaining=done.remaining, is_moving=done.is_moving)
    return json_answer(202, view)


def _known(lane: str, services: Services) -> str:
    if lane not in services.dead_letters.lanes:
        raise Missing("dead-letter queue", lane)
    return lane


def _count(lane: str, services: Services, caller: Caller) -> int:
    """How many the caller may see: all, about, or exactly their own among the first thousand."""
    return services.dead_letters.count(lane) if caller.is_operator else len(_own(lane, services, caller))


def _own(lane: str, services: Services, caller: Caller) -> list[Letter]:
    if services.dead_letters.count(lane) == 0:
        return []
    with held(lane, limit=LOOKED_THROUGH, hide_seconds=HIDE_SECONDS, queues=services.dead_letters) as letters:
        return [letter for letter in letters if _is_theirs(letter, caller)]


def _is_theirs(letter: Letter, caller: Caller) -> bool:
    pointer = pointer_of(letter)
    return caller.is_operator or (pointer is not None and pointer.org_id == caller.org_id)
