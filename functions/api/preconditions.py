"""Entity tags of what people edit, so that nobody overwrites what they have not seen. Decision 0039.

A tag stands for what people can change of a thing, and not for what the machine adds to it: a fetch of a source or a
run of a schedule makes no edit stale.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header

from functions.api.refusals import BadField, BadFields, Stale

_TAGS = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The `ETag` of what you have seen: when somebody else changed it meanwhile, the answer is 412 and "
        "nothing is changed. Without it, the change is made in any case.",
    ),
]


def entity_tag(kind: str, editable: Mapping[str, Any]) -> str:
    """The tag of a thing whose parts that people edit are these."""
    text = json.dumps([kind, editable], sort_keys=True, default=str, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def require_match(if_match: str | None, tag: str) -> None:
    """Raise Stale unless the header is missing, `*`, or names the tag; BadFields when it cannot be read.

    Tags are compared strongly (RFC 9110, 13.1.1): one that begins with `W/` matches nothing.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if not _TAGS.fullmatch(if_match):
        raise BadFields(BadField("If-Match", 'must be an ETag as it was answered, with its quotation marks, or "*"'))
    if tag not in [given.strip() for given in if_match.split(",")]:
        raise Stale("it was changed since you read it; read it again, and repeat your change if it still fits")
