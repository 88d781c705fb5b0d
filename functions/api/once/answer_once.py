"""`Idempotency-Key`: a call that is repeated with its key makes nothing again, and is answered as the first time.

Calls that submit jobs and notices keep their keys with what they make, in one transaction; all other POSTs are kept
here. Decision 0036.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from functions.api.identity import Caller
from functions.api.once.store import AnswerStore, Kept
from functions.api.parameters import require_key
from functions.api.refusals import StillRunning
from functions.shared.kernel.clock import Clock, NewId, derived_id
from functions.shared.kernel.jobs.refusals import IdempotencyKeyReused
from functions.shared.kernel.log import log

# Longer than API Gateway waits for an answer and a Lambda of the API runs.
ALONE_FOR = timedelta(seconds=35)
_DEPLOYMENT = "DEPLOYMENT"
_SUCCESSES = range(200, 300)
_TO_TRY_AGAIN = (429, *range(500, 600))
# They keep the key themselves, with what they make.
_WITH_THEIR_OWN = re.compile(
    r"/api/(jobs|jobs/bulk|ai/generate|sources/[^/]+/fetch|notifications/[^/]+/deliveries/[^/]+/resend"
    r"|notification-settings/emails/[^/]+/(send-code|confirm)|notification-settings/webhooks/[^/]+/test)"
)
# What is shown once, and never kept: a repeat shows null.
_SHOWN_ONCE = ("secret",)

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """A call with its key: whose it is, what it is called, and what tells it from another with the same key."""

    org_id: str
    name: str
    fingerprint: str


def keyed(event: Mapping[str, Any], caller: Caller | None) -> Once | None:
    """The call, if its key is kept here. Raises BadFields for a key that is none."""
    if caller is None or str(event["requestContext"]["http"]["method"]).upper() != "POST":
        return None
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    key = headers.get("idempotency-key")
    if key is None:
        return None
    require_key(key)
    path = str(event["rawPath"])
    if _WITH_THEIR_OWN.fullmatch(path):
        return None
    sent = json.dumps(["POST", path, _body(event)], sort_keys=True)
    org_id = caller.org_id or _DEPLOYMENT
    return Once(org_id, f"{caller.user_id}#{key}", hashlib.sha256(sent.encode()).hexdigest())


def answer_once(once: Once, make: Callable[[NewId], Answer], *, answers: AnswerStore, clock: Clock) -> Answer:
    """Make the call, or repeat its answer. `make` is given what makes the ids of the call.

    They derive from the call, so that one which is made again after a crash makes the very same things.
    Raises IdempotencyKeyReused for another call, StillRunning while the first one lasts.
    """
    now = clock()
    kept = answers.begin(once.org_id, once.name, Kept(once.fingerprint, now, now + ALONE_FOR), now=now)
    if kept.fingerprint != once.fingerprint:
        raise IdempotencyKeyReused
    if kept.answer is not None:
        log.info("answered again", action="answered_again", org_id=once.org_id)
        return dict(kept.answer)
    if not kept.mine:
        raise StillRunning(kept.until - now)
    answer = make(_ids_of(once, kept.begun_at))
    _settle(once, answer, answers, clock)
    return answer


def _settle(once: Once, answer: Answer, answers: AnswerStore, clock: Clock) -> None:
    status = int(answer["statusCode"])
    if status in _SUCCESSES:
        answers.finish(once.org_id, once.name, _kept(answer))
    elif status in _TO_TRY_AGAIN:
        answers.give_back(once.org_id, once.name, now=clock())
    else:
        answers.forget(once.org_id, once.name)


def _kept(answer: Answer) -> Answer:
    """The answer without what is shown once."""
    body = json.loads(answer["body"]) if answer.get("body") else None
    if not isinstance(body, dict) or not any(body.get(name) for name in _SHOWN_ONCE):
        return answer
    return {**answer, "body": json.dumps({**body, **dict.fromkeys(set(_SHOWN_ONCE) & set(body))})}


def _ids_of(once: Once, begun_at: datetime) -> NewId:
    numbers = count()
    return lambda at: derived_id(begun_at, "once", once.org_id, once.name, str(next(numbers)))


def _body(event: Mapping[str, Any]) -> object:
    """The body as it means, so that blanks and the order of its fields tell nothing apart."""
    text = event.get("body")
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
