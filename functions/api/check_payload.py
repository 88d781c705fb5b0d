"""Whether a job's input is acceptable, before anything is stored."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from functions.api.refusals import TooLarge, bad_fields
from functions.shared.domain.job_kinds import KINDS

MAX_PAYLOAD_BYTES = 200 * 1024


def check_payload(job_type: str, payload: Mapping[str, Any]) -> None:
    """Raise TooLarge, or BadFields naming each field under `payload` that the type does not take."""
    size = len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_PAYLOAD_BYTES:
        raise TooLarge(f"the payload is {size} bytes; at most {MAX_PAYLOAD_BYTES} are taken", field="payload")
    try:
        KINDS[job_type].payload.model_validate(payload)
    except ValidationError as error:
        raise bad_fields(error, under="payload") from None
