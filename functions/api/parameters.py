"""The parameters that several calls share, and the look-ups they lead to."""

import re
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from pydantic import AfterValidator, WithJsonSchema

from functions.api.identity import Caller
from functions.api.refusals import BadField, BadFields, Missing
from functions.api.services import Services
from functions.shared.kernel.jobs.model import Job

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ID = re.compile(r"[0-9a-zA-Z_-]{1,64}")


def _visible(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("must be 1 to 255 visible ASCII characters, without spaces")
    return key


PathId = Annotated[
    str,
    Path(description="The id, as given when it was made."),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-zA-Z_-]{1,64}$"}),
]

Limit = Annotated[int, Query(ge=1, le=100, description="How many items a page holds.")]
DEFAULT_LIMIT = 50

Cursor = Annotated[
    str | None,
    Query(max_length=512, description="`next_cursor` of the page before, unchanged and with the same filters."),
]

IdempotencyKey = Annotated[
    Annotated[str, AfterValidator(_visible), WithJsonSchema({"type": "string", "pattern": "^[!-~]{1,255}$"})] | None,
    Header(
        alias="Idempotency-Key",
        description="Any text of yours, 1 to 255 visible characters: a repeat with the same body makes nothing "
        "again and is answered as the first time, for a day.",
    ),
]


def require_key(key: str) -> None:
    """Raise BadFields for a text that is no idempotency key."""
    try:
        _visible(key)
    except ValueError as error:
        raise BadFields(BadField("Idempotency-Key", str(error))) from None


def is_id(text: str) -> bool:
    """Whether a text is formed like an id; what is not can exist nowhere."""
    return _ID.fullmatch(text) is not None


def the_job(job_id: str, services: Services, caller: Caller) -> Job:
    """The caller's job; raises Missing, also for another organisation's."""
    job = services.engine.store.get(caller.org_id, job_id) if is_id(job_id) else None
    if job is None:
        raise Missing("job", job_id)
    return job
