"""Sends dead letters back to the lane they came from, so that their jobs start afresh.

A copy is sent before the dead letter is deleted: a crash between the two leaves a second message, which the claim of
the job absorbs, and never none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from functions.shared.kernel.dead_letters.browse import held, pointer_of
from functions.shared.kernel.dead_letters.queues import DeadLetterQueues, Letter
from functions.shared.kernel.log import log

PER_SECOND = 50
"""How many messages a second are sent back unless told otherwise: SQS takes up to 500, workers are slower."""

_HIDE_SECONDS = 120
LOOKED_THROUGH = 1000
"""So many messages of a queue are looked at to find some: it cannot be searched."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What a redrive did. `remaining` is about; `is_moving` tells that SQS goes on moving by itself."""

    moved: int
    remaining: int
    is_moving: bool = False


def redrive_all(
    lane: str,
    *,
    queues: DeadLetterQueues,
    pause: Callable[[float], None],
    per_second: int = PER_SECOND,
    at_most: int | None = None,
    hide_seconds: int = _HIDE_SECONDS,
) -> Redriven:
    """Send everything back, by the service's own move task where it has one, else one by one and at most `at_most`.

    No more are sent back than were there at the start: a message whose job fails again at once is back before the last
    one is through, and would go round for ever.
    """
    there = queues.count(lane)
    if there == 0:
        return Redriven(moved=0, remaining=0)
    if queues.start_move(lane, per_second=per_second):
        log.info("dead letters are being moved", action="dead_letters_moving", lane=lane, per_second=per_second)
        return Redriven(moved=0, remaining=queues.count(lane), is_moving=True)
    most = there if at_most is None else min(there, at_most)
    moved = 0
    while moved < most:
        batch = queues.take(lane, limit=most - moved, hide_seconds=hide_seconds)
        if not batch:
            break
        moved += _send_back(lane, batch, queues=queues, pause=pause, per_second=per_second)
    return _redriven(lane, moved, queues)


def redrive_chosen(
    lane: str,
    wanted: Callable[[Letter], bool],
    *,
    queues: DeadLetterQueues,
    pause: Callable[[float], None],
    per_second: int = PER_SECOND,
    at_most: int | None = None,
) -> Redriven:
    """Send back the messages that are `wanted`, among the first thousand and `at_most` so many; the others stay."""
    with held(lane, limit=LOOKED_THROUGH, hide_seconds=_HIDE_SECONDS, queues=queues) as letters:
        chosen = [letter for letter in letters if wanted(letter)][:at_most]
        letters[:] = [letter for letter in letters if letter not in chosen]
        moved = _send_back(lane, chosen, queues=queues, pause=pause, per_second=per_second)
    return _redriven(lane, moved, queues)


def is_one_of(message_ids: frozenset[str], job_ids: frozenset[str]) -> Callable[[Letter], bool]:
    """Tells whether a message, or the job it points to, is among these."""

    def wanted(letter: Letter) -> bool:
        pointer = pointer_of(letter)
        return letter.message_id in message_ids or (pointer is not None and pointer.job_id in job_ids)

    return wanted


def _send_back(
    lane: str, letters: list[Letter], *, queues: DeadLetterQueues, pause: Callable[[float], None], per_second: int
) -> int:
    for letter in letters:
        queues.send_back(lane, letter)
        queues.delete(lane, letter)
        pause(1 / per_second)
    return len(letters)


def _redriven(lane: str, moved: int, queues: DeadLetterQueues) -> Redriven:
    log.info("dead letters sent back", action="dead_letters_redriven", lane=lane, moved=moved)
    return Redriven(moved=moved, remaining=queues.count(lane))
